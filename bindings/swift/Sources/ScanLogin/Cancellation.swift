import Foundation

/// Runs a call of the library, and ends the waiting for it when the task is cancelled. A decision that was sent
/// goes on all the same; ask the login for its state.
private func passingOnCancellation<Value: Sendable>(
    to call: (CancelHandle) async throws -> Value
) async throws -> Value {
    let handle = CancelHandle()
    do {
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await call(handle)
        } onCancel: {
            handle.cancel()
        }
    } catch ScanLoginError.Cancelled {
        throw CancellationError()
    }
}

extension ScanLoginClient {
    /// Opens the connection and learns the server's time, so that the calls after it take less time. Worth calling
    /// while the user is still aiming; not needed for anything else.
    ///
    /// - Throws: `ScanLoginError`, or `CancellationError` when the task is cancelled.
    public func warmUp() async throws {
        try await passingOnCancellation { try await self.warmUp(cancel: $0) }
    }

    /// Finds the login code in an encoded picture: PNG, JPEG, WebP, GIF or BMP, detected from its content. Makes no request.
    ///
    /// - Throws: `ScanLoginError`, or `CancellationError` when the task is cancelled.
    public func readImage(image: Data) async throws -> LoginCode {
        try await passingOnCancellation { try await self.readImage(image: image, cancel: $0) }
    }

    /// Tells the server that the user has scanned the code; the web page then shows who did.
    ///
    /// - Throws: `ScanLoginError`, or `CancellationError` when the task is cancelled.
    public func scanned(code: LoginCode) async throws -> PendingLogin {
        try await passingOnCancellation { try await self.scanned(code: code, cancel: $0) }
    }
}

extension PendingLogin {
    /// Signs the web page in.
    ///
    /// When an answer is lost, the server is asked what became of it. It is safe to call again after any error: that
    /// asks first, if need be.
    ///
    /// - Throws: `ScanLoginError`, or `CancellationError` when the task is cancelled; the decision goes on then.
    public func confirm() async throws {
        try await passingOnCancellation { try await self.confirm(cancel: $0) }
    }

    /// Tells the web page no. Behaves as `confirm` does.
    ///
    /// - Throws: `ScanLoginError`, or `CancellationError` when the task is cancelled; the decision goes on then.
    public func cancel() async throws {
        try await passingOnCancellation { try await self.cancel(cancel: $0) }
    }
}
