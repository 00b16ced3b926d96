import ScanLogin

/// What the screen offers after an error, besides showing its text.
enum Next: String, CaseIterable { case tryAgain, scanAgain, signIn, verify, close }

/// A case that is missing does not compile.
func next(_ error: ScanLoginError) -> Next {
    switch error.kind {
    case .network, .outcomeUnknown, .tokenFailed, .userNotVerified: .tryAgain
    case .notALoginCode, .wrongScene, .wrongUserPool, .severalLoginCodes, .unreadableImage, .noCode: .scanAgain
    case .sourceNotAllowed, .lifeTooLong, .notBound: .scanAgain
    case .contextNotVerified, .expired, .codeGone, .takenByAnotherUser, .userChanged, .refused: .scanAgain
    case .signedOut, .userNotInPool: .signIn
    case .mfaRequired: .verify
    case .alreadyDecided, .config, .pinMismatch, .internal: .close
    }
}
