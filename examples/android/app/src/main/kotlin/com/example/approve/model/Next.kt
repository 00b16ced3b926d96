package com.example.approve.model

import dev.scanlogin.ScanLoginException

/** What the screen offers after an error, besides showing its text. */
enum class Next { TRY_AGAIN, SCAN_AGAIN, SIGN_IN, VERIFY, CLOSE }

/** A case that is missing does not compile. */
fun next(error: ScanLoginException): Next = when (error) {
    is ScanLoginException.Network,
    is ScanLoginException.OutcomeUnknown,
    is ScanLoginException.UserNotVerified,
    is ScanLoginException.TokenFailed -> Next.TRY_AGAIN

    is ScanLoginException.NotALoginCode,
    is ScanLoginException.WrongScene,
    is ScanLoginException.WrongUserPool,
    is ScanLoginException.SeveralLoginCodes,
    is ScanLoginException.UnreadableImage,
    is ScanLoginException.NoCode,
    is ScanLoginException.ContextNotVerified,
    is ScanLoginException.Expired,
    is ScanLoginException.CodeGone,
    is ScanLoginException.TakenByAnotherUser,
    is ScanLoginException.UserChanged,
    is ScanLoginException.SourceNotAllowed,
    is ScanLoginException.LifeTooLong,
    is ScanLoginException.NotBound,
    is ScanLoginException.Refused -> Next.SCAN_AGAIN

    is ScanLoginException.SignedOut,
    is ScanLoginException.UserNotInPool -> Next.SIGN_IN

    is ScanLoginException.MfaRequired -> Next.VERIFY

    is ScanLoginException.AlreadyDecided,
    is ScanLoginException.Config,
    is ScanLoginException.PinMismatch,
    is ScanLoginException.Internal -> Next.CLOSE
}
