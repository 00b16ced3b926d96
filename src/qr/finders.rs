/// How many finder patterns a picture seems to hold: dark and light runs in the ratio 1:1:3:1:1
/// (ISO/IEC 18004, 6.3.3.1), in about as many rows under one another as the dark middle is wide.
///
/// The detector's time grows with the cube of their number, and has no bound of its own.
pub(super) fn count_finders(
    width: usize,
    height: usize,
    is_dark: impl Fn(usize, usize) -> bool,
) -> usize {
    let mut stacks: Vec<Stack> = Vec::new();
    let mut finished = 0;
    for y in 0..height {
        // A stack that no row added to has ended.
        stacks.retain(|stack| {
            let open = y - stack.last_row <= 2;
            finished += usize::from(!open && stack.is_finder());
            open
        });
        let mut runs = [0_usize; 5];
        let mut dark = false;
        for x in 0..=width {
            let next = x < width && is_dark(x, y);
            if next != dark {
                if dark && is_finder(runs) {
                    add(&mut stacks, x - runs.iter().sum::<usize>() / 2, y, runs[2]);
                }
                runs.rotate_left(1);
                runs[4] = 0;
                dark = next;
            }
            runs[4] += 1;
        }
    }
    finished + stacks.iter().filter(|stack| stack.is_finder()).count()
}

/// Rows of a finder pattern, one under the other.
struct Stack {
    middle: usize,
    width: usize,
    rows: usize,
    last_row: usize,
}

impl Stack {
    fn is_finder(&self) -> bool {
        self.rows * 3 >= self.width * 2
    }
}

fn add(stacks: &mut Vec<Stack>, middle: usize, row: usize, width: usize) {
    let near = |stack: &&mut Stack| stack.middle.abs_diff(middle) <= width / 2;
    match stacks.iter_mut().find(near) {
        Some(stack) => {
            stack.rows += usize::from(stack.last_row != row);
            (stack.middle, stack.last_row) = (middle, row);
        }
        None => stacks.push(Stack { middle, width, rows: 1, last_row: row }),
    }
}

/// Whether the runs are as the detector takes them for a finder: each within three quarters of a
/// module.
fn is_finder(runs: [usize; 5]) -> bool {
    let [a, b, middle, d, e] = runs;
    let module = (a + b + d + e) / 4;
    let slack = module * 3 / 4;
    let fits = |run: usize, modules: usize| run.abs_diff(modules * module) <= slack;
    module > 0 && fits(a, 1) && fits(b, 1) && fits(middle, 3) && fits(d, 1) && fits(e, 1)
}
