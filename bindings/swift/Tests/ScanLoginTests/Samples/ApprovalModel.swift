import Foundation
import Observation
import ScanLogin

@MainActor @Observable final class ApprovalModel {
    /// What the screen shows: the state of the login, and how many seconds are left to decide.
    private(set) var progress: LoginProgress?
    /// What went wrong last. If it isRetryable, the screen offers to try again.
    private(set) var problem: ScanLoginError?

    private let client: any ScanLoginClientProtocol
    private var login: (any PendingLogin)?
    private var lastStep: Step = { _ in }

    private typealias Step = @MainActor (ApprovalModel) async throws -> Void

    init(client: any ScanLoginClientProtocol) {
        self.client = client
    }

    func open(_ code: LoginCode) async {
        await take { $0.follow(try await $0.client.scanned(code)) }
    }

    func open(image: Data) async {
        await take { $0.follow(try await $0.client.scanned(try await $0.client.readImage(image))) }
    }

    func approve() async {
        await take { try await $0.login?.confirm() }
    }

    func decline() async {
        await take { try await $0.login?.cancel() }
    }

    /// The same step on the same login: when the outcome is not known, that asks the server before it tells it anything.
    func tryAgain() async {
        await take(lastStep)
    }

    /// The app is in front again.
    func becomeActive() async {
        await take { try await $0.login?.refresh() }
    }

    private func follow(_ login: any PendingLogin) {
        self.login = login
        Task { [weak self] in
            for await progress in login.progress { self?.progress = progress }
        }
    }

    private func take(_ step: @escaping Step) async {
        lastStep = step
        do {
            try await step(self)
            problem = nil
        } catch {
            // What is not a ScanLoginError is a CancellationError: the screen is gone.
            problem = error as? ScanLoginError
        }
    }
}
