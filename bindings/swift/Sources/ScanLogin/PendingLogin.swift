internal import ScanLoginGenerated

/// A login that was marked scanned and waits for the user's decision. It is freed by itself.
///
/// The first decision counts. Making the same one again, also at the same time, gives the same result without another request.
/// The other one waits for the first, and throws `.alreadyDecided` once that is done.
///
/// A decision goes on to its end when the task that made it is cancelled, and when the app drops the login: whether it was done
/// can be asked afterwards, with `refresh()` or by making it again.
public protocol PendingLogin: Sendable {
    /// What the code says.
    var code: LoginCode { get }

    /// How far the login has come, and how much time is left, as far as is known without asking the server.
    var currentProgress: LoginProgress { get }

    /// The progress as it changes, once a second at least while time runs out. It ends when the login does, or when the task
    /// that listens is cancelled. Each use of this property is a sequence of its own.
    var progress: AsyncStream<LoginProgress> { get }

    /// Signs the web page in. Safe to call again after any error, on this same login: if the outcome of the last call is not
    /// known, the server is asked first, and told only if it was not done.
    ///
    /// When the client has a `ConfirmGuard`, that is asked first, and nothing is sent without its consent (`.userNotVerified`).
    /// Calls at the same time share the question, a later call asks again, and none asks for what is done already. The guard's
    /// time is not part of the timeout. `cancel()` withdraws the question.
    func confirm() async throws

    /// Tells the web page no. Behaves as `confirm()` does, but asks no guard: as long as one is asked, declining is still the first
    /// decision.
    func cancel() async throws

    /// Asks the server how far the login has come, such as when the app comes back to the front. Tells it nothing.
    @discardableResult
    func refresh() async throws -> LoginState
}

extension PendingLogin {
    /// How far the login has come, as far as is known without asking the server.
    public var state: LoginState { currentProgress.state }
}

/// How far a login has come, and how much time is left to decide.
public struct LoginProgress: Sendable, Hashable {
    /// How far it has come.
    public let state: LoginState
    /// The time left of the code's life in whole seconds, rounded up, by the server's clock; also when the login has ended. Zero once
    /// the code has expired, nil when the code does not say when it expires.
    public let remainingSeconds: Int?

    /// Makes a progress, for an app's own tests.
    public init(state: LoginState, remainingSeconds: Int?) {
        self.state = state
        self.remainingSeconds = remainingSeconds
    }

    init(_ progress: ScanLoginGenerated.LoginProgress) {
        self.init(state: LoginState(progress.state), remainingSeconds: progress.remainingSeconds.map(Int.init))
    }
}

/// How far a login has come.
public enum LoginState: Sendable {
    /// Marked scanned; the user may decide.
    case scanned
    /// The user agreed, and the app's `ConfirmGuard` verifies that it is them. Nothing was sent, and it may still be declined.
    case verifying
    /// The user agreed, and the server is being told.
    case confirming
    /// The user declined, and the server is being told.
    case cancelling
    /// The web page is signed in. Final.
    case confirmed
    /// The web page was told no. Final.
    case cancelled
    /// A decision was sent, and what became of it could not be learned. Deciding again asks first.
    case outcomeUnknown
    /// The code expired before a decision was made. Final; where only the clocks say so, `refresh()` may learn otherwise.
    case expired
    /// The server did not know the code when it was last told of a decision. Deciding again asks again.
    case codeGone
    /// Another user took the code. Final.
    case takenByAnotherUser

    /// Whether the login has ended.
    public var isFinal: Bool {
        switch self {
        case .confirmed, .cancelled, .expired, .takenByAnotherUser: true
        case .scanned, .verifying, .confirming, .cancelling, .outcomeUnknown, .codeGone: false
        }
    }

    init(_ state: ScanLoginGenerated.LoginState) {
        self =
            switch state {
            case .scanned: .scanned
            case .verifying: .verifying
            case .confirming: .confirming
            case .cancelling: .cancelling
            case .confirmed: .confirmed
            case .cancelled: .cancelled
            case .outcomeUnknown: .outcomeUnknown
            case .expired: .expired
            case .codeGone: .codeGone
            case .takenByAnotherUser: .takenByAnotherUser
            }
    }
}
