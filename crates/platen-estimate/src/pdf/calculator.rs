//! PostScript calculator functions. *Source*: ISO 32000-1, section 7.10.5.

/// Operations in one run; there are no loops, so only size can exceed it.
const MAX_STEPS: usize = 20_000;
const MAX_STACK: usize = 256;
const MAX_DEPTH: usize = 32;

/// Whether a program nests deeper than it may.
pub(super) fn nests_too_deep(source: &[u8]) -> bool {
    let mut depth = 0usize;
    source.iter().any(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

/// A parsed program.
pub(super) struct Program(Vec<Op>);

enum Op {
    Number(f64),
    Word(String),
    Block(Vec<Op>),
}

impl Program {
    /// Reads `{ … }`.
    pub(super) fn parse(source: &[u8]) -> Option<Self> {
        let source = String::from_utf8_lossy(source);
        let spaced = source.replace('{', " { ").replace('}', " } ");
        let mut words = spaced.split_ascii_whitespace();
        (words.next()? == "{")
            .then(|| parse_block(&mut words, 0))?
            .map(Self)
    }

    /// Runs the program; what is left on the stack is its value.
    pub(super) fn run(&self, inputs: &[f64]) -> Option<Vec<f64>> {
        let mut machine = Machine {
            stack: inputs.to_vec(),
            steps: 0,
        };
        machine.run(&self.0)?;
        Some(machine.stack)
    }
}

fn parse_block<'s>(words: &mut impl Iterator<Item = &'s str>, depth: usize) -> Option<Vec<Op>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut ops = Vec::new();
    loop {
        match words.next()? {
            "}" => return Some(ops),
            "{" => ops.push(Op::Block(parse_block(words, depth + 1)?)),
            word => ops.push(match word.parse() {
                Ok(number) => Op::Number(number),
                Err(_) => Op::Word(word.into()),
            }),
        }
    }
}

struct Machine {
    stack: Vec<f64>,
    steps: usize,
}

impl Machine {
    fn run(&mut self, ops: &[Op]) -> Option<()> {
        for (at, op) in ops.iter().enumerate() {
            self.steps += 1;
            if self.steps > MAX_STEPS || self.stack.len() > MAX_STACK {
                return None;
            }
            match op {
                Op::Number(number) => self.stack.push(*number),
                Op::Block(_) => {}
                Op::Word(word) => match (word.as_str(), at) {
                    ("if", 1..) => {
                        let Op::Block(then) = &ops[at - 1] else {
                            return None;
                        };
                        if self.pop()? != 0.0 {
                            self.run(then)?;
                        }
                    }
                    ("ifelse", 2..) => {
                        let (Op::Block(then), Op::Block(other)) = (&ops[at - 2], &ops[at - 1])
                        else {
                            return None;
                        };
                        let chosen = if self.pop()? != 0.0 { then } else { other };
                        self.run(chosen)?;
                    }
                    (word, _) => self.word(word)?,
                },
            }
        }
        Some(())
    }

    fn pop(&mut self) -> Option<f64> {
        self.stack.pop()
    }

    fn word(&mut self, word: &str) -> Option<()> {
        match word {
            "pop" => {
                self.pop()?;
            }
            "dup" => {
                let top = *self.stack.last()?;
                self.stack.push(top);
            }
            "exch" => {
                let len = self.stack.len();
                self.stack.swap(len.checked_sub(2)?, len - 1);
            }
            "copy" => {
                let count = self.count()?;
                let from = self.stack.len() - count;
                self.stack.extend_from_within(from..);
            }
            "index" => {
                let depth = self.pop()? as usize;
                let at = self.stack.len().checked_sub(depth.checked_add(1)?)?;
                self.stack.push(self.stack[at]);
            }
            "roll" => {
                let by = self.pop()?;
                let count = self.count()?;
                if count > 0 {
                    let by = (by as i64).rem_euclid(count as i64) as usize;
                    let from = self.stack.len() - count;
                    self.stack[from..].rotate_right(by);
                }
            }
            "true" => self.stack.push(1.0),
            "false" => self.stack.push(0.0),
            _ => return self.arithmetic(word),
        }
        Some(())
    }

    /// Takes a count off the stack; that many values are below it.
    fn count(&mut self) -> Option<usize> {
        let count = self.pop()? as usize;
        (count <= self.stack.len() && count <= MAX_STACK).then_some(count)
    }

    fn arithmetic(&mut self, word: &str) -> Option<()> {
        let b = self.pop()?;
        let unary = match word {
            "abs" => Some(b.abs()),
            "neg" => Some(-b),
            "ceiling" => Some(b.ceil()),
            "floor" => Some(b.floor()),
            "round" => Some(b.round()),
            "truncate" | "cvi" => Some(b.trunc()),
            "cvr" => Some(b),
            "sqrt" => Some(b.max(0.0).sqrt()),
            "sin" => Some(b.to_radians().sin()),
            "cos" => Some(b.to_radians().cos()),
            "ln" => Some(b.ln()),
            "log" => Some(b.log10()),
            "not" => Some(f64::from(b == 0.0)),
            _ => None,
        };
        if let Some(value) = unary {
            self.stack.push(value);
            return Some(());
        }
        let a = self.pop()?;
        let (x, y) = (a as i64, b as i64);
        self.stack.push(match word {
            "add" => a + b,
            "sub" => a - b,
            "mul" => a * b,
            "div" => a / b,
            "idiv" => x.checked_div(y)? as f64,
            "mod" => x.checked_rem(y)? as f64,
            "exp" => a.powf(b),
            "atan" => a.atan2(b).to_degrees().rem_euclid(360.0),
            "eq" => f64::from(a == b),
            "ne" => f64::from(a != b),
            "gt" => f64::from(a > b),
            "ge" => f64::from(a >= b),
            "lt" => f64::from(a < b),
            "le" => f64::from(a <= b),
            "and" => (x & y) as f64,
            "or" => (x | y) as f64,
            "xor" => (x ^ y) as f64,
            "bitshift" if y >= 0 => x.checked_shl(y as u32)? as f64,
            "bitshift" => x.checked_shr(y.unsigned_abs() as u32)? as f64,
            _ => return None,
        });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(source: &str, inputs: &[f64], outputs: &[f64]) {
        let program = Program::parse(source.as_bytes()).unwrap();
        assert_eq!(program.run(inputs).as_deref(), Some(outputs));
    }

    #[test]
    fn programs_compute() {
        check("{1 exch sub}", &[0.25], &[0.75]);
        check("{dup 0.5 gt {pop 1} {pop 0} ifelse}", &[0.7], &[1.0]);
        check("{3 1 roll}", &[1.0, 2.0, 3.0], &[3.0, 1.0, 2.0]);
        check("{2 copy add}", &[1.0, 2.0], &[1.0, 2.0, 3.0]);
        check("{1 index}", &[1.0, 2.0], &[1.0, 2.0, 1.0]);
    }

    proptest! {
        #[test]
        fn no_program_crashes(words in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "1", "-7", "1e30", "0", "if", "ifelse", "roll", "copy", "index", "dup",
                "idiv", "mod", "bitshift", "exch", "add", "pop", "sqrt", "atan", "not", "what",
            ]), 0..60),
            inputs in proptest::collection::vec(any::<f64>(), 0..4),
        ) {
            if let Some(program) = Program::parse(format!("{{ {} }}", words.join(" ")).as_bytes()) {
                let _ = program.run(&inputs);
            }
        }
    }
}
