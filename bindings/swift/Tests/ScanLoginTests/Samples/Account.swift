import ScanLogin

/// A session that keeps its client. It may: the client refers to it weakly, as to a delegate.
@MainActor final class Account: TokenProvider {
    private var idToken: String?
    private let userID: String
    private(set) var client: ScanLoginClient?

    init(idToken: String, userID: String, config: ScanLoginConfig) throws {
        self.idToken = idToken
        self.userID = userID
        client = try ScanLoginClient(config, tokens: self)
    }

    func token(refresh: Bool) async throws -> UserToken? {
        if refresh { idToken = nil }
        return idToken.map { UserToken($0, userID: userID) }
    }
}
