import ScanLogin

/// What the screen offers after an error, besides showing its text.
enum Next: String, CaseIterable { case tryAgain, scanAgain, signIn, verify, close }

/// A case that is missing does not compile.
func next(_ error: ScanLoginError) -> Next {
    switch error.kind {
    case .network, .outcomeUnknown, .tokenFailed: .tryAgain
    case .notALoginCode, .wrongScene, .wrongUserPool, .severalLoginCodes, .unreadableImage, .noCode: .scanAgain
    case .expired, .codeGone, .takenByAnotherUser, .userChanged, .refused: .scanAgain
    case .sourceNotAllowed, .lifeTooLong, .notBound: .scanAgain
    case .signedOut, .userNotInPool: .signIn
    case .mfaRequired: .verify
    case .alreadyDecided, .config, .pinMismatch, .internal: .close
    }
}
