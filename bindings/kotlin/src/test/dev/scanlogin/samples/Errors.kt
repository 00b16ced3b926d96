package dev.scanlogin.samples

import dev.scanlogin.ScanLoginException

enum class Next { TRY_AGAIN, SIGN_IN, SCAN_AGAIN, SCAN_ANOTHER, ANOTHER_IMAGE, VERIFY, CLOSE, REPORT }

/** What an app does about an error, besides showing its userText(). A case that is missing does not compile. */
fun next(error: ScanLoginException): Next = when (error) {
    is ScanLoginException.Network,
    is ScanLoginException.OutcomeUnknown,
    is ScanLoginException.UserNotVerified,
    is ScanLoginException.TokenFailed -> Next.TRY_AGAIN

    is ScanLoginException.SignedOut,
    is ScanLoginException.UserNotInPool -> Next.SIGN_IN

    is ScanLoginException.ContextNotVerified,
    is ScanLoginException.Expired,
    is ScanLoginException.CodeGone,
    is ScanLoginException.TakenByAnotherUser,
    is ScanLoginException.UserChanged,
    is ScanLoginException.NotBound,
    is ScanLoginException.Refused -> Next.SCAN_AGAIN

    is ScanLoginException.NotALoginCode,
    is ScanLoginException.WrongScene,
    is ScanLoginException.WrongUserPool,
    is ScanLoginException.SourceNotAllowed,
    is ScanLoginException.LifeTooLong,
    is ScanLoginException.SeveralLoginCodes -> Next.SCAN_ANOTHER

    is ScanLoginException.UnreadableImage,
    is ScanLoginException.NoCode -> Next.ANOTHER_IMAGE

    is ScanLoginException.MfaRequired -> Next.VERIFY
    is ScanLoginException.AlreadyDecided -> Next.CLOSE

    is ScanLoginException.Config,
    is ScanLoginException.PinMismatch,
    is ScanLoginException.Internal -> Next.REPORT
}
