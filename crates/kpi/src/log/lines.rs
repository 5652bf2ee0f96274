//! Bytes in, lines out, in bounded memory.

/// The longest part of a line that is looked at: 64 KiB. The rest of a longer line is passed over.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Splits a stream that arrives in pieces into lines without their line feed.
#[derive(Debug, Default)]
pub struct LineSplitter {
    begun: Vec<u8>,
    overlong_lines: u64,
    is_overlong: bool,
    is_mid_line: bool,
}

impl LineSplitter {
    /// Takes the next piece of the stream and hands on every line that it completes.
    pub fn feed<E>(
        &mut self,
        piece: &[u8],
        mut on_line: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            let line = &piece[start..end];
            start = end + 1;
            if self.is_mid_line || line.len() > MAX_LINE_BYTES {
                self.keep(line);
                on_line(&self.begun)?;
                self.begun.clear();
                self.is_overlong = false;
                self.is_mid_line = false;
            } else {
                on_line(line)?;
            }
        }
        if start < piece.len() {
            self.keep(&piece[start..]);
            self.is_mid_line = true;
        }
        Ok(())
    }

    /// Hands on a last line that no line feed ends; true if there was one.
    pub fn finish<E>(
        &mut self,
        mut on_line: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<bool, E> {
        if !self.is_mid_line {
            return Ok(false);
        }
        on_line(&self.begun)?;
        self.begun.clear();
        self.is_overlong = false;
        self.is_mid_line = false;
        Ok(true)
    }

    /// How many lines were longer than [`MAX_LINE_BYTES`].
    pub fn overlong_lines(&self) -> u64 {
        self.overlong_lines
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_LINE_BYTES - self.begun.len();
        self.begun
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room && !self.is_overlong {
            self.is_overlong = true;
            self.overlong_lines += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn lines_in_pieces_of(bytes: &[u8], piece_len: usize) -> (Vec<Vec<u8>>, bool, u64) {
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        let mut take = |line: &[u8]| {
            lines.push(line.to_vec());
            Ok::<_, Infallible>(())
        };
        for piece in bytes.chunks(piece_len) {
            let Ok(()) = splitter.feed(piece, &mut take);
        }
        let Ok(cut) = splitter.finish(&mut take);
        (lines, cut, splitter.overlong_lines())
    }

    #[test]
    fn pieces_do_not_change_the_lines() {
        let text = b"one\n\nthree\r\nfour";
        let expected: Vec<Vec<u8>> = [&b"one"[..], b"", b"three\r", b"four"]
            .map(<[u8]>::to_vec)
            .into();
        for piece_len in 1..=text.len() {
            assert_eq!(
                lines_in_pieces_of(text, piece_len),
                (expected.clone(), true, 0),
                "pieces of {piece_len}"
            );
        }
    }

    #[test]
    fn an_overlong_line_is_cut_and_counted_once() {
        let mut text = vec![b'x'; 3 * MAX_LINE_BYTES];
        text.extend_from_slice(b"\nshort\n");
        for piece_len in [1000, MAX_LINE_BYTES, text.len()] {
            let (lines, cut, overlong) = lines_in_pieces_of(&text, piece_len);
            assert_eq!(lines[0].len(), MAX_LINE_BYTES);
            assert_eq!(lines[1], b"short");
            assert_eq!((cut, overlong), (false, 1));
        }
    }
}
