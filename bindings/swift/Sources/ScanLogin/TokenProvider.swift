import Dispatch
internal import ScanLoginGenerated

/// The app's own code that hands out the signed-in user's token. It is asked before each call. The token is not kept; the user's id
/// is, for as long as the login.
///
/// Called on a thread of its own, from iOS 18 and macOS 15 on; before that, on one of those that Swift's tasks share, which must
/// not be blocked. It may take its time: the call that needs the token ends within its timeout all the same, and other calls go
/// on. The task that calls it is cancelled when nothing waits for the token any more.
public protocol TokenProvider: Sendable {
    /// The user's token, or nil when nobody is signed in, which the call throws on as `.signedOut`. Whatever else is thrown fails
    /// the call with `.tokenFailed`, which names the type of the error and nothing else of it.
    ///
    /// - Parameter refresh: Whether it must be a fresh one: the server did not take the last. Asked once for all calls that run at
    ///   the same time; calls that follow without it must get the fresh one too.
    func token(refresh: Bool) async throws -> UserToken?
}

/// The signed-in user's token. It prints without it.
public struct UserToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let token: String
    let userID: String?

    /// - Parameters:
    ///   - token: The id token, else the access token, without `Bearer`.
    ///   - userID: The user's id. By it the library tells when another user took the code (`.takenByAnotherUser`), and when another
    ///     user has signed in to the app between scanning and deciding (`.userChanged`). Without it, a decision is sent with the
    ///     other user's token.
    public init(_ token: String, userID: String? = nil) {
        self.token = token
        self.userID = userID
    }

    public var description: String { "UserToken([redacted])" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the app gives its client to call. The library keeps this for as long as the client lives. It keeps a value, but not an
/// object: one that keeps its client would never be freed.
final class AppCode<Code>: @unchecked Sendable {
    private let value: Code?
    // Never written again; reading it is atomic.
    private weak var object: AnyObject?

    init(_ code: Code) {
        let isObject = type(of: code as Any) is AnyClass
        value = isObject ? nil : code
        object = isObject ? code as AnyObject : nil
    }

    /// To be kept while a call goes on that may need it. Nil when the app has let go of it.
    var code: Code? { value ?? object as? Code }
}

/// The app's provider, as the library calls it.
final class AppTokens: ScanLoginGenerated.TokenProvider {
    private let app: AppCode<any TokenProvider>

    init(_ tokens: any TokenProvider) { app = AppCode(tokens) }

    /// The provider, to be kept while a call goes on that may need it.
    var provider: (any TokenProvider)? { app.code }

    func token(refresh: Bool) async throws -> ScanLoginGenerated.UserToken? {
        // Not signed out: that would be for the app to say.
        guard let provider else {
            throw TokenError.Failed(reason: "the token provider is gone; the app must keep it, for the client does not")
        }
        do {
            let token = try await onOwnThread { try await provider.token(refresh: refresh) }
            return token.map { ScanLoginGenerated.UserToken(token: $0.token, userId: $0.userID) }
        } catch {
            // Its text could hold secrets.
            throw TokenError.Failed(reason: String(describing: type(of: error)))
        }
    }
}

/// Runs a call of the app where one that blocks takes none of the threads that Swift's tasks share, if the system can.
func onOwnThread<Value: Sendable>(_ call: @Sendable () async throws -> Value) async throws -> Value {
    guard #available(iOS 18, macOS 15, tvOS 18, watchOS 11, visionOS 2, *) else { return try await call() }
    let executor = OwnThread()
    defer { withExtendedLifetime(executor) {} }
    return try await withTaskExecutorPreference(executor, operation: call)
}

@available(iOS 18, macOS 15, tvOS 18, watchOS 11, visionOS 2, *)
private final class OwnThread: TaskExecutor {
    // A serial queue: they get threads as they need them, where concurrent ones share a few.
    private let queue = DispatchQueue(label: "dev.scanlogin.callback")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
