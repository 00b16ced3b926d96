// As much of Apple's framework as the samples use, so that they compile and run without Apple's SDK.
import Foundation

public enum LAPolicy: Sendable { case deviceOwnerAuthentication }

public struct LAError: Error {
    public enum Code: Sendable { case authenticationFailed, userCancel, systemCancel, appCancel }

    public let code: Code

    public init(_ code: Code) { self.code = code }
}

public final class LAContext {
    /// What the user does about the question.
    public nonisolated(unsafe) static var user: @Sendable () async throws -> Bool = { true }

    private let invalidated = AsyncStream.makeStream(of: Void.self)

    public init() {}

    public func evaluatePolicy(_ policy: LAPolicy, localizedReason: String) async throws -> Bool {
        precondition(!localizedReason.isEmpty)
        let (user, stream) = (LAContext.user, invalidated.stream)
        return try await withThrowingTaskGroup(of: Bool.self) { first in
            first.addTask { try await user() }
            first.addTask {
                for await _ in stream {}
                throw LAError(.appCancel)
            }
            defer { first.cancelAll() }
            return try await first.next()!
        }
    }

    public func invalidate() { invalidated.continuation.finish() }
}
