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
    private var following: Task<Void, Never>?
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
        await decide { try await $0.confirm() }
    }

    func decline() async {
        await decide { try await $0.cancel() }
    }

    /// The same step on the same login: when the outcome is not known, that asks the server before it tells it anything.
    func tryAgain() async {
        await take(lastStep)
    }

    /// The app is in front again. What was to be tried again still is, unless its outcome is known now.
    func becomeActive() async {
        // If it fails, deciding says why.
        guard let state = try? await login?.refresh(), state != .outcomeUnknown else { return }
        if case .outcomeUnknown = problem?.kind { problem = nil }
    }

    private func follow(_ login: any PendingLogin) {
        self.login = login
        following?.cancel()  // The screen shows one login, the latest.
        following = Task { [weak self] in
            for await progress in login.progress where !Task.isCancelled { self?.progress = progress }
        }
    }

    /// About the login that the user sees now, also when it is tried again.
    private func decide(_ decision: @escaping @MainActor (any PendingLogin) async throws -> Void) async {
        guard let login else { return }
        await take { _ in try await decision(login) }
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
