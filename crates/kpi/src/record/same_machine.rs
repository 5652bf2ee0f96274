//! Which captures' times can be compared.

use super::Capture;

/// Whether durations of the two may be compared; if not, why.
pub fn is_same_machine(base: &Capture, new: &Capture) -> Result<(), String> {
    let (before, after) = (&base.environment, &new.environment);
    let in_words = |name: Option<&str>| name.unwrap_or("not recorded").to_owned();
    let gpu = |environment: &crate::environment::Environment| {
        environment
            .adapter
            .as_ref()
            .map(|adapter| (adapter.name.clone(), adapter.backend.clone()))
    };
    let is_same_gpu = gpu(before) == gpu(after);
    // A software adapter, or none, is as fast as the processor.
    let is_same_cpu = before.cpu == after.cpu && before.cpu_threads == after.cpu_threads;
    if !is_same_gpu {
        let name = |gpu: Option<(String, String)>| match gpu {
            Some((name, backend)) => format!("{name} ({backend})"),
            None => "not recorded".to_owned(),
        };
        return Err(format!(
            "the baseline's GPU is {}, this one's {}",
            name(gpu(before)),
            name(gpu(after))
        ));
    }
    if !is_same_cpu || (before.cpu.is_none() && gpu(before).is_none()) {
        return Err(format!(
            "the baseline's processor is {}, this one's {}",
            in_words(before.cpu.as_deref()),
            in_words(after.cpu.as_deref())
        ));
    }
    Ok(())
}
