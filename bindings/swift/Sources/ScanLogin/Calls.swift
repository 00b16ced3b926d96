internal import ScanLoginGenerated

/// Runs a call of the library, and ends the waiting for it when the task is cancelled.
func calling<Value: Sendable>(_ call: (CancelHandle) async throws -> Value) async throws -> Value {
    let handle = CancelHandle()
    do {
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await call(handle)
        } onCancel: {
            handle.cancel()
        }
    } catch CallError.Failed(let details) {
        throw ScanLoginError(details)
    } catch CallError.Cancelled {
        throw CancellationError()
    }
}

func translatingErrors<Value>(_ call: () throws -> Value) throws -> Value {
    do { return try call() } catch CallError.Failed(let details) { throw ScanLoginError(details) }
}

/// A login of the library.
final class NativeLogin: PendingLogin, CustomStringConvertible, CustomReflectable {
    let code: LoginCode
    private let login: ScanLoginGenerated.PendingLogin
    private let tokens: AppTokens
    private let confirmGuard: AppGuard?

    init(code: LoginCode, login: ScanLoginGenerated.PendingLogin, tokens: AppTokens, confirmGuard: AppGuard?) {
        self.code = code
        self.login = login
        self.tokens = tokens
        self.confirmGuard = confirmGuard
    }

    var currentProgress: LoginProgress { LoginProgress(login.progress()) }

    var progress: AsyncStream<LoginProgress> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { [login] updates in
            let following = Task {
                var next: ScanLoginGenerated.LoginProgress? = login.progress()
                while let last = next {
                    updates.yield(LoginProgress(last))
                    next = try? await calling { try await login.progressAfter(last: last, cancel: $0) }
                }
                updates.finish()
            }
            updates.onTermination = { _ in following.cancel() }
        }
    }

    func confirm() async throws { try await deciding { try await $0.confirm(cancel: nil) } }

    func cancel() async throws { try await deciding { try await $0.cancel(cancel: nil) } }

    func refresh() async throws -> LoginState {
        LoginState(try await calling { try await login.refresh(cancel: $0) })
    }

    /// Waits for a decision as long as the task is not cancelled. It goes on to its end, with the user's token, though its caller
    /// is cancelled and the app drops the login.
    private func deciding(_ decide: @escaping @Sendable (ScanLoginGenerated.PendingLogin) async throws -> Void) async throws {
        try Task.checkCancellation()
        let (outcomes, outcome) = AsyncThrowingStream.makeStream(of: Void.self)
        Task { [login, kept = (tokens.provider, confirmGuard?.confirmGuard)] in
            do {
                try await calling { _ in try await decide(login) }
                outcome.yield()
            } catch {
                outcome.finish(throwing: error)
            }
            withExtendedLifetime(kept) {}
        }
        for try await _ in outcomes { return }
        throw CancellationError()
    }

    var description: String { "PendingLogin(\(code), \(state))" }
    var customMirror: Mirror { Mirror(self, children: ["code": code, "state": state]) }
}
