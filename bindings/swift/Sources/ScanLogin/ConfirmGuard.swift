internal import ScanLoginGenerated

/// The app's own code that verifies, before a confirm is sent, that it is the user who agrees: with biometrics or the phone's
/// passcode. Asked for each `confirm()` of a client that was made with it, and for no `cancel()`.
///
/// Only a consent that was made from the same request, and not longer ago than the configuration's `consentMaxAge`, lets the confirm
/// be sent. Whatever else the guard does, nothing is sent, and the confirm throws `.userNotVerified`.
public protocol ConfirmGuard: Sendable {
    /// Verifies the user, and returns what `request.approve()` makes once that has succeeded, or nil when the user said no. What it
    /// throws is named in the error by its type, and nothing else of it is.
    ///
    /// It has two minutes, and not longer than the code lives. Then, and when the user declines the login meanwhile, the task is
    /// cancelled: close the question.
    func verifyUser(_ request: ConfirmRequest) async throws -> Consent?
}

/// What a `ConfirmGuard` is asked to consent to: one confirm of one login.
public struct ConfirmRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The request's own id, random, such as for a key to sign which the phone releases for the user alone.
    public let id: String
    /// What the code of the login says, as the user was shown it.
    public let code: LoginCode
    private let request: ScanLoginGenerated.ConfirmRequest?

    /// Makes a request for an app's own tests. Its consent lets nothing be sent.
    public init(code: LoginCode) {
        id = "test"
        self.code = code
        request = nil
    }

    init(_ request: ScanLoginGenerated.ConfirmRequest) {
        id = request.id()
        code = LoginCode(request.code())
        self.request = request
    }

    /// The consent to this request. To be made once the user was verified: it begins to age here.
    public func approve() -> Consent { Consent(consent: request?.approve()) }

    public var description: String { "ConfirmRequest(\(id), \(code))" }
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "code": code]) }
}

/// The consent to one `ConfirmRequest`.
public struct Consent: Sendable {
    let consent: ScanLoginGenerated.Consent?
}

/// The app's guard, as the library calls it.
final class AppGuard: ScanLoginGenerated.ConfirmGuard {
    private let app: AppCode<any ConfirmGuard>

    init(_ confirmGuard: any ConfirmGuard) { app = AppCode(confirmGuard) }

    /// The guard, to be kept while a call goes on that may need it.
    var confirmGuard: (any ConfirmGuard)? { app.code }

    func verifyUser(request: ScanLoginGenerated.ConfirmRequest) async throws -> ScanLoginGenerated.Consent? {
        guard let confirmGuard else {
            throw GuardError.Failed(reason: "the guard is gone; the app must keep it, for the client does not")
        }
        do {
            return try await onOwnThread { try await confirmGuard.verifyUser(ConfirmRequest(request)) }?.consent
        } catch {
            // Its text could hold secrets.
            throw GuardError.Failed(reason: String(describing: type(of: error)))
        }
    }
}
