//! Products modulo a prime, as straight-line code for numbers of so many words.
//!
//! Written out along one of the factors, so that both it and what is summed stay in registers.

use std::fmt::Write;

/// `product(a, b)`, which is a b / R modulo the prime (Montgomery's, word by word), and `reduced(a, top)`, which takes
/// the prime off a number below twice of it, with `top` above its words.
pub(super) fn text(n_words: usize) -> String {
    let mut text =
        String::from("fn product(a: Number, b: Number) -> Number {\n    var factor = a;\n");
    for j in 0..n_words {
        let _ = writeln!(text, "    let p{j} = prime[{j}u];\n    var t{j} = 0u;");
    }
    text += "    var top = 0u;\n    for (var i = 0u; i < N_WORDS; i++) {\n        let word = factor[i];\n";
    text += "        var s = multiply_add(word, b[0u], t0, 0u);\n";
    text += "        let digit = s.x * table[NEGATIVE_INVERSE];\n";
    text += "        var r = multiply_add(digit, p0, s.x, 0u);\n";
    for j in 1..n_words {
        let before = j - 1;
        let _ = writeln!(
            text,
            "        s = multiply_add(word, b[{j}u], t{j}, s.y);\n        \
             r = multiply_add(digit, p{j}, s.x, r.y);\n        t{before} = r.x;"
        );
    }
    let last = n_words - 1;
    let words: Vec<_> = (0..n_words).map(|j| format!("t{j}")).collect();
    let _ = write!(
        text,
        "        let high = multiply_add(1u, s.y, r.y, top);\n        t{last} = high.x;\n        top = high.y;\n    }}\n    \
         return reduced(Number({}), top);\n}}\n\n",
        words.join(", ")
    );
    text += "fn reduced(a: Number, top: u32) -> Number {\n    var borrow = 0u;\n";
    for j in 0..n_words {
        let _ = writeln!(
            text,
            "    let d{j} = a[{j}u] - prime[{j}u] - borrow;\n    \
             borrow = u32(a[{j}u] < prime[{j}u] || (a[{j}u] == prime[{j}u] && borrow == 1u));"
        );
    }
    let words: Vec<_> = (0..n_words).map(|j| format!("d{j}")).collect();
    let _ = write!(
        text,
        "    if (top < borrow) {{\n        return a;\n    }}\n    return Number({});\n}}\n",
        words.join(", ")
    );
    text
}
