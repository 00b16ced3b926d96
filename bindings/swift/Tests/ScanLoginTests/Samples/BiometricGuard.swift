import LocalAuthentication
import ScanLogin

/// Asks for Face ID or Touch ID, or for the phone's passcode.
struct BiometricGuard: ConfirmGuard {
    let reason: String

    func verifyUser(_ request: ConfirmRequest) async throws -> Consent? {
        // One for each question, so that no earlier answer counts. It may be invalidated from any thread.
        nonisolated(unsafe) let context = LAContext()
        return try await withTaskCancellationHandler {
            do {
                let isUser = try await context.evaluatePolicy(.deviceOwnerAuthentication, localizedReason: reason)
                return isUser ? request.approve() : nil
            } catch let error as LAError where [.userCancel, .systemCancel, .appCancel].contains(error.code) {
                return nil
            }
        } onCancel: {
            context.invalidate()
        }
    }
}
