import Foundation
internal import ScanLoginGenerated

/// What a login code says, checked. A value: codes that say the same are equal. It prints without the secret that it holds, and
/// without its custom data.
public struct LoginCode: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String
    /// The user pool that the web page signs in to.
    public let userPoolID: String
    /// When the code was made, by the server's clock, if it says so.
    public let createdAt: Date?
    /// When the code expires, by the server's clock, if it says so. The phone's clock may be wrong: show `LoginProgress`.
    public let expiresAt: Date?
    /// The text of a JSON object that the web page's maker put into the code. Anyone can make a code that says anything here: show
    /// it as a claim, not as a fact, and without the control and bidirectional characters that it may hold.
    public let customData: String?

    /// Makes a code for an app's own tests. `ScanLoginClient` refuses it.
    public init(userPoolID: String, createdAt: Date? = nil, expiresAt: Date? = nil, customData: String? = nil) {
        text = ""
        self.userPoolID = userPoolID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.customData = customData
    }

    init(_ code: ScanLoginGenerated.LoginCode) {
        let date = { (millis: Int64) in Date(timeIntervalSince1970: Double(millis) / 1000) }
        text = code.text
        userPoolID = code.userPoolId
        createdAt = code.createdAtMillis.map(date)
        expiresAt = code.expiresAtMillis.map(date)
        customData = code.customData
    }

    public var description: String { "LoginCode(userPoolID: \(userPoolID))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["userPoolID": userPoolID, "expiresAt": expiresAt as Any]) }
}
