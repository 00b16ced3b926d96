import ScanLogin

enum Next { case tryAgain, signIn, scanAgain, scanAnother, anotherImage, verify, close, report }

/// What an app does about an error, besides showing its userText(). A case that is missing does not compile.
func next(_ error: ScanLoginError) -> Next {
    switch error.kind {
    case .network, .outcomeUnknown, .tokenFailed, .userNotVerified: .tryAgain
    case .signedOut, .userNotInPool: .signIn
    case .contextNotVerified, .expired, .codeGone, .takenByAnotherUser, .userChanged, .notBound, .refused: .scanAgain
    case .notALoginCode, .wrongScene, .wrongUserPool, .sourceNotAllowed, .lifeTooLong, .severalLoginCodes: .scanAnother
    case .unreadableImage, .noCode: .anotherImage
    case .mfaRequired: .verify
    case .alreadyDecided: .close
    case .config, .pinMismatch, .internal: .report
    }
}
