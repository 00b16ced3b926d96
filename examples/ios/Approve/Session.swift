import Foundation
import ScanLogin

/// The app's own session: here is where yours goes.
struct Session: TokenProvider {
    // With refresh, an app gets a fresh token from its server. Nil: nobody is signed in, which the screen then says.
    func token(refresh: Bool) async throws -> UserToken? { nil }
}

/// With the ids from the console.
func makeClient() -> any ScanLoginClientProtocol {
    let url = URL(string: "https://example.genauth.ai")!
    do {
        return try ScanLoginClient(
            ScanLoginConfig(appID: "app-id", userPoolID: "user-pool-id", baseURL: url), tokens: Session(),
            confirmGuard: BiometricGuard(reason: text("verifyUser")))
    } catch {
        // It says which of the values above cannot work.
        fatalError(String(describing: error))
    }
}
