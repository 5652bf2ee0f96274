//! The guest's input, in the forms that `cargo openvm` takes.

use std::{path::PathBuf, str::FromStr};

use openvm_sdk::{StdIn, F};
use openvm_stark_backend::p3_field::PrimeCharacteristicRing;
use serde::Deserialize;

use crate::{error::Error, files};

/// Marks a string of bytes.
const BYTES: u8 = 0x01;
/// Marks a string of field elements.
const FIELD_ELEMENTS: u8 = 0x02;
const FIELD_ELEMENT_BYTES: usize = 4;

/// What `--input` names.
#[derive(Clone, Debug)]
pub enum Input {
    /// The one thing to read.
    Item(Item),
    /// A JSON file with any number of them.
    File(PathBuf),
}

/// What the guest reads at once.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Bytes(Vec<u8>),
    FieldElements(Vec<F>),
}

#[derive(Deserialize)]
struct InputFile {
    input: Vec<String>,
}

impl FromStr for Input {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(item) => Ok(Self::Item(item)),
            Err(_) if PathBuf::from(text).exists() => Ok(Self::File(PathBuf::from(text))),
            Err(reason) => Err(format!("neither a file nor hexadecimal input: {reason}")),
        }
    }
}

impl FromStr for Item {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = hex::decode(digits).map_err(|error| error.to_string())?;
        match bytes.split_first() {
            Some((&BYTES, bytes)) => Ok(Self::Bytes(bytes.to_vec())),
            Some((&FIELD_ELEMENTS, bytes)) if bytes.len() % FIELD_ELEMENT_BYTES != 0 => {
                Err("after 02, a whole number of 4-byte field elements must follow".to_owned())
            }
            Some((&FIELD_ELEMENTS, bytes)) => {
                let words = bytes.chunks_exact(FIELD_ELEMENT_BYTES);
                let word = |word: &[u8]| {
                    word.iter()
                        .rev()
                        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
                };
                Ok(Self::FieldElements(
                    words.map(|bytes| F::from_u32(word(bytes))).collect(),
                ))
            }
            _ => Err("it must start with 01 (bytes) or 02 (field elements)".to_owned()),
        }
    }
}

impl Input {
    /// What the VM reads.
    pub fn read(input: Option<&Self>) -> Result<StdIn, Error> {
        let items = match input {
            None => vec![],
            Some(Self::Item(item)) => vec![item.clone()],
            Some(Self::File(path)) => {
                const WHAT: &str = r#"an input file such as {"input": ["0x0100ff"]}"#;
                let file: InputFile = files::read_json(path, WHAT)?;
                let items = file.input.iter().enumerate().map(|(i, text)| {
                    text.parse().map_err(|reason| Error::Broken {
                        path: path.clone(),
                        what: WHAT,
                        reason: format!("element {i}: {reason}"),
                    })
                });
                items.collect::<Result<_, _>>()?
            }
        };
        let mut stdin = StdIn::default();
        for item in items {
            match item {
                Item::Bytes(bytes) => stdin.write_bytes(&bytes),
                Item::FieldElements(elements) => stdin.write_field(&elements),
            }
        }
        Ok(stdin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_input_is_bytes_or_field_elements() {
        let elements = Item::FieldElements(vec![F::from_u32(0x0403_0201), F::from_u32(1)]);
        assert_eq!("0x01ff00".parse(), Ok(Item::Bytes(vec![0xff, 0])));
        assert_eq!("01".parse(), Ok(Item::Bytes(vec![])));
        assert_eq!("0x020102030401000000".parse(), Ok(elements));
        for wrong in [
            "", "0x", "0x0", "0x03", "0x02ffff", "0x0x01", "0x01zz", "hello",
        ] {
            assert!(wrong.parse::<Item>().is_err(), "{wrong}");
            assert!(wrong.parse::<Input>().is_err(), "{wrong}");
        }
    }
}
