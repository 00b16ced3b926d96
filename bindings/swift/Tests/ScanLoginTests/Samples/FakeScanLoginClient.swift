import Foundation
import ScanLogin

/// For the app's own tests: no server, and no request.
struct FakeScanLoginClient: ScanLoginClientProtocol {
    var code = LoginCode(userPoolID: "pool")
    var login = FakeLogin()
    var scanner: any FrameScanner = FakeScanner()

    func warmUp() async throws {}
    func bindingPIN() async throws -> BindingPIN { BindingPIN(digits: "482913", validForSeconds: 300) }
    func readImage(_ image: Data) async throws -> LoginCode { code }
    func readFrame(_ frame: CameraFrame) async throws -> LoginCode { code }
    func readText(_ text: String) throws -> LoginCode {
        if text.isEmpty { throw ScanLoginError(.noCode) }
        return code
    }
    func readLink(_ link: URL) throws -> LoginCode { code }
    func makeFrameScanner() -> any FrameScanner { scanner }
    func scanned(_ code: LoginCode) async throws -> any PendingLogin { login }
    func networkChanged() {}
}

struct FakeScanner: FrameScanner {
    func scan(_ frame: CameraFrame) -> FrameResult { .found(LoginCode(userPoolID: "pool"), corners: []) }
}

/// A login whose first confirm may get lost.
actor FakeLogin: PendingLogin {
    nonisolated let code = LoginCode(userPoolID: "pool")
    nonisolated let progress: AsyncStream<LoginProgress>
    nonisolated let currentProgress = LoginProgress(state: .scanned, remainingSeconds: 120)
    private let updates: AsyncStream<LoginProgress>.Continuation
    private var losesAnswer: Bool

    init(losesAnswer: Bool = false) {
        self.losesAnswer = losesAnswer
        (progress, updates) = AsyncStream.makeStream()
        updates.yield(currentProgress)
    }

    func confirm() async throws {
        if losesAnswer {
            losesAnswer = false
            show(.outcomeUnknown)
            throw ScanLoginError(.outcomeUnknown(.confirm))
        }
        show(.confirmed)
    }

    func cancel() async throws { show(.cancelled) }

    func refresh() async throws -> LoginState { .scanned }

    private func show(_ state: LoginState) {
        updates.yield(LoginProgress(state: state, remainingSeconds: 120))
        if state.isFinal { updates.finish() }
    }
}
