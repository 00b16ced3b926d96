import Foundation
import Observation
import ScanLogin

/// What the screen shows.
enum Screen: Equatable {
    /// The camera looks for a code, and `ApprovalModel.sight` says what it sees.
    case scanning
    /// An image is read, and the server is told that the code was scanned.
    case opening
    /// There is no login to decide about.
    case failed(ScanLoginError)
    /// The user is asked.
    case deciding(Question)
    /// The login is over.
    case ended(Ending)
}

/// What the user is asked.
struct Question: Equatable {
    /// What the web page says about itself.
    var claim: String?
    var remainingSeconds: Int?
    /// Whether the buttons can be tapped: not while a decision is on its way or its outcome is not known.
    var mayDecide: Bool
    var isBusy: Bool
    /// Why the last decision was not made, as far as is known.
    var error: ScanLoginError?
}

/// How a login ended.
enum Ending: String, CaseIterable { case confirmed, cancelled, expired, taken }

/// The screen's state.
@MainActor @Observable final class ApprovalModel {
    private(set) var screen = Screen.scanning
    private(set) var sight = Sight()
    /// What goes on now, for who waits for it.
    @ObservationIgnored private(set) var work: Task<Void, Never>?

    private let client: any ScanLoginClientProtocol
    private var login: (any PendingLogin)?
    private var following: Task<Void, Never>?
    private var error: ScanLoginError?
    private var isBusy = false
    private var lastStep: Step = { _ in }

    private typealias Step = @MainActor (ApprovalModel) async throws -> Void

    init(client: any ScanLoginClientProtocol) {
        self.client = client
        // So that the first code is opened faster. If it fails, the calls that need the connection say why.
        Task { try? await client.warmUp() }
    }

    /// For one camera preview.
    func makeFrameScanner() -> any FrameScanner { client.makeFrameScanner() }

    /// What the camera saw. Frames that come late, when the screen has moved on, are ignored.
    func saw(_ result: FrameResult, frameSize: CGSize) {
        guard screen == .scanning else { return }
        sight.take(result, frameSize: frameSize)
        if case .found(let code, _) = result { take { $0.follow(try await $0.client.scanned(code)) } }
    }

    /// The user chose an image; `read` finds its code.
    func open(_ read: @escaping @MainActor (any ScanLoginClientProtocol) async throws -> LoginCode) {
        guard screen == .scanning else { return }
        take { $0.follow(try await $0.client.scanned(try await read($0.client))) }
    }

    func agree() { decide { try await $0.confirm() } }

    func decline() { decide { try await $0.cancel() } }

    /// The same step on the same login: when the outcome is not known, that asks the server before it tells it anything.
    func tryAgain() { take(lastStep) }

    func scanAgain() {
        guard !isBusy else { return }
        following?.cancel()
        (login, error, sight) = (nil, nil, Sight())
        show()
    }

    /// The app is in front again. Much may have happened meanwhile, so the server is asked.
    func becameActive() {
        guard let login else { return }
        work = Task {
            // If it fails, deciding says why.
            guard let state = try? await login.refresh() else { return }
            // Now the outcome is known.
            if state != .outcomeUnknown, !isBusy, case .outcomeUnknown = error?.kind { error = nil }
            show()
        }
    }

    private func decide(_ decision: @escaping @MainActor (any PendingLogin) async throws -> Void) {
        guard let login, case .deciding(let question) = screen, question.mayDecide else { return }
        take { _ in try await decision(login) }
    }

    private func take(_ step: @escaping Step) {
        guard !isBusy else { return }
        (lastStep, error, isBusy) = (step, nil, true)
        show()
        work = Task {
            do {
                try await step(self)
            } catch {
                // Nothing here is cancelled, so it is no CancellationError.
                self.error = error as? ScanLoginError
            }
            isBusy = false
            show()
        }
    }

    private func follow(_ login: any PendingLogin) {
        self.login = login
        following = Task { [weak self] in
            for await _ in login.progress { self?.show() }
        }
    }

    private func show() {
        screen =
            if let login {
                screen(of: login)
            } else if let error {
                .failed(error)
            } else {
                isBusy ? .opening : .scanning
            }
    }

    private func screen(of login: any PendingLogin) -> Screen {
        let progress = login.currentProgress
        let mayDecide: Bool
        switch progress.state {
        case .confirmed: return .ended(.confirmed)
        case .cancelled: return .ended(.cancelled)
        case .expired: return .ended(.expired)
        case .takenByAnotherUser: return .ended(.taken)
        case .scanned: mayDecide = !isBusy && error?.isRetryable != false
        case .verifying, .confirming, .cancelling, .outcomeUnknown, .codeGone: mayDecide = false
        }
        return .deciding(
            Question(
                claim: claim(login.code), remainingSeconds: progress.remainingSeconds, mayDecide: mayDecide,
                isBusy: isBusy, error: error))
    }
}
