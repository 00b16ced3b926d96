use std::io;

use tokio::sync::mpsc;

/// Waits for Ctrl-C, and for the end of the standard input if that is to count: a program that was started by
/// another ends with it.
pub async fn stopped(or_when_stdin_ends: bool) -> io::Result<()> {
    let (ended, mut input_ended) = mpsc::channel::<()>(1);
    if or_when_stdin_ends {
        let ended = ended.clone();
        // A thread of its own: nothing waits for it when Ctrl-C comes first.
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _ = ended.blocking_send(());
        });
    }
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped,
        _ = input_ended.recv() => Ok(()),
    }
}
