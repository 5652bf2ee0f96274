//! Keys and proofs that are missing, broken, or cannot be written.

mod support;

use support::{config, guest, Place};

#[test]
fn missing_keys_name_the_command_that_makes_them() {
    let place = Place::new();
    let exe = guest("fibonacci");
    let app = ["prove", "app", "--engine", "cpu", "--exe", &exe];
    place.call(app).fails(2, &["no Cargo.toml"]);
    place
        .call(app.iter().chain(&["--app-pk", "app.pk"]))
        .fails(2, &["app.pk", "cargo openvm-metal keygen"]);
    place
        .call(["verify", "app", "--app-vk", "app.vk"])
        .fails(2, &["app.vk", "cargo openvm-metal keygen"]);
    place.call(["verify", "stark"]).fails(
        2,
        &[".openvm/internal_recursive.vk", "cargo openvm-metal setup"],
    );
    place
        .call(["run", "--mode", "segment", "--exe", &exe])
        .fails(2, &["no Cargo.toml"]);
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn keys_of_a_package_are_looked_for_where_upstream_has_them() {
    let place = Place::new();
    place.write(
        "Cargo.toml",
        "[package]\nname = \"guest\"\nversion = \"0.1.0\"\n[workspace]\n",
    );
    std::fs::create_dir(place.path("src")).unwrap();
    place.write("src/main.rs", "fn main() {}");
    let exe = guest("fibonacci");
    let in_package = place.path("openvm/app.pk").display().to_string();
    place
        .call(["prove", "app", "--engine", "cpu", "--exe", &exe])
        .fails(2, &[&in_package]);
    place
        .call(["verify", "app", "--target-dir", "t/target"])
        .fails(2, &["t/openvm/app.vk"]);
    place
        .call(["verify", "app", "--manifest-path", "other.toml"])
        .fails(2, &["other.toml", "Cargo.toml"]);
}

#[test]
fn broken_files_are_named() {
    let place = Place::new();
    let exe = guest("fibonacci");
    for contents in [vec![], b"key".to_vec(), vec![0; 1000], vec![0xff; 1000]] {
        place.write("app.pk", &contents);
        place.write("app.vk", &contents);
        place.write("x.stark.proof", &contents);
        place
            .call([
                "prove", "app", "--engine", "cpu", "--exe", &exe, "--app-pk", "app.pk",
            ])
            .fails(2, &["app.pk is not"]);
        place
            .call(["verify", "app", "--app-vk", "app.vk"])
            .fails(2, &["app.vk is not"]);
        place
            .call([
                "verify",
                "stark",
                "--agg-vk",
                "app.vk",
                "--app-baseline",
                "app.vk",
            ])
            .fails(2, &["app.vk is not"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    let place = Place::new();
    let config = config("riscv32");
    let keygen = ["keygen", "--app-only", "--config", &config, "--output-dir"];
    std::fs::create_dir(place.path("keys")).unwrap();
    for name in ["app.vk", "app.pk"] {
        std::os::unix::fs::symlink("/dev/full", place.path("keys").join(name)).unwrap();
    }
    place
        .call(keygen.iter().chain(&["keys"]))
        .fails(2, &["cannot write keys/app.vk", "No space left"]);
    assert_eq!(std::fs::read_dir(place.path("keys")).unwrap().count(), 2);
    place
        .call(keygen.iter().chain(&["/proc/keys"]))
        .fails(2, &["cannot write /proc/keys/app.pk"]);
    place.write("file", "");
    place
        .call(keygen.iter().chain(&["file/keys"]))
        .fails(2, &["cannot write file/keys/app.pk"]);
    assert_eq!(place.files(), ["file", "keys"]);
}
