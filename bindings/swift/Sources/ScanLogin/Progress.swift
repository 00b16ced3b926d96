import Foundation

/// How far a login has come, and how much time is left to decide.
public struct LoginProgress: Sendable, Equatable {
    /// How far it has come.
    public let state: LoginState
    /// The time left in seconds, by the server's clock; nil when the code does not say when it expires.
    public let remainingSeconds: Int?

    public init(state: LoginState, remainingSeconds: Int?) {
        self.state = state
        self.remainingSeconds = remainingSeconds
    }
}

extension PendingLogin {
    /// The login's state and its remaining seconds, each time that one changes, until the login is confirmed, cancelled
    /// or expired, or nobody listens any more.
    public func progress() -> AsyncStream<LoginProgress> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let updates = Task {
                var last: LoginProgress?
                while !Task.isCancelled {
                    let seconds = self.remainingMillis().map { Int(($0 + 999) / 1000) }
                    let progress = LoginProgress(state: self.state(), remainingSeconds: seconds)
                    if progress != last {
                        continuation.yield(progress)
                        last = progress
                    }
                    if [.confirmed, .cancelled, .expired].contains(progress.state) { break }
                    try? await Task.sleep(nanoseconds: 200_000_000)
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in updates.cancel() }
        }
    }
}
