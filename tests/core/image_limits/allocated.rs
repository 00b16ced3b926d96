//! Counts what a thread has allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static NOW: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// What `work` returns, and how many bytes it had allocated at most.
pub(crate) fn peak_of<T>(work: impl FnOnce() -> T) -> (T, u64) {
    NOW.set(0);
    PEAK.set(0);
    let result = work();
    (result, PEAK.get() as u64)
}

// SAFETY: the memory is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as this function's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as this function's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // What grows may have to move, and is there twice for a moment.
        if size > layout.size() {
            count(size as isize);
            count(-(layout.size() as isize));
        } else {
            count(size as isize - layout.size() as isize);
        }
        // SAFETY: as this function's.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as this function's.
        unsafe { System.dealloc(block, layout) }
    }
}

fn count(size: isize) {
    NOW.set(NOW.get() + size);
    PEAK.set(PEAK.get().max(NOW.get()));
}
