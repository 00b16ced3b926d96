import Foundation
@_exported import ScanLoginGenerated

extension ScanLoginError: LocalizedError {
    /// A text for the user: what happened, and what to do. In Simplified Chinese if that is what the user
    /// prefers, else in English.
    public var errorDescription: String? {
        let preferred = Locale.preferredLanguages.first ?? ""
        let traditional = preferred.hasPrefix("zh-Hant") || preferred.hasPrefix("zh-TW") || preferred.hasPrefix("zh-HK")
        return userText(language: preferred.hasPrefix("zh") && !traditional ? .simplifiedChinese : .english)
    }

    /// What happened, for logs. It holds no secrets.
    public var failureReason: String? { description }
}

extension ScanLoginError: CustomStringConvertible {}
extension TokenError: CustomStringConvertible {}
