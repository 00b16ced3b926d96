import Foundation
import ScanLogin

/// Stands in for the library: `calls` is what it was asked for, and each call takes one of `failures`, if there is one.
final class FakeClient: ScanLoginClientProtocol, @unchecked Sendable {
    private let lock = NSLock()
    private var made: [String] = []
    private var coming: [ScanLoginError] = []
    let login = FakeLogin()

    init() { login.client = self }

    var calls: [String] { lock.withLock { made } }

    func fail(with error: ScanLoginError) { lock.withLock { coming.append(error) } }

    fileprivate func call(_ name: String) throws {
        let error = lock.withLock { () -> ScanLoginError? in
            made.append(name)
            return coming.isEmpty ? nil : coming.removeFirst()
        }
        if let error { throw error }
    }

    func warmUp() async throws {}
    func readImage(_ image: Data) async throws -> LoginCode { login.code }
    func readFrame(_ frame: CameraFrame) async throws -> LoginCode { login.code }
    func bindingPIN() async throws -> BindingPIN { BindingPIN(digits: "482913", validForSeconds: 300) }
    func readText(_ text: String) throws -> LoginCode { login.code }
    func readLink(_ link: URL) throws -> LoginCode { login.code }
    func makeFrameScanner() -> any FrameScanner { FakeScanner() }
    func networkChanged() {}

    func scanned(_ code: LoginCode) async throws -> any PendingLogin {
        try call("scanned")
        return login
    }
}

struct FakeScanner: FrameScanner {
    func scan(_ frame: CameraFrame) -> FrameResult { .nothingSeen }
}

final class FakeLogin: PendingLogin, @unchecked Sendable {
    let code = LoginCode(userPoolID: "pool", claims: [Claim(name: "device", value: "Chrome")])
    fileprivate weak var client: FakeClient?
    private let lock = NSLock()
    private var now = LoginProgress(state: .scanned, remainingSeconds: 120)
    let progress: AsyncStream<LoginProgress>
    private let updates: AsyncStream<LoginProgress>.Continuation

    init() { (progress, updates) = AsyncStream.makeStream() }

    var currentProgress: LoginProgress { lock.withLock { now } }

    func reach(_ state: LoginState, remainingSeconds: Int = 120) {
        let progress = LoginProgress(state: state, remainingSeconds: remainingSeconds)
        lock.withLock { now = progress }
        updates.yield(progress)
    }

    func refresh() async throws -> LoginState {
        try client?.call("refresh")
        return state
    }

    func confirm() async throws {
        try client?.call("confirm")
        reach(.confirmed)
    }

    func cancel() async throws {
        try client?.call("cancel")
        reach(.cancelled)
    }
}
