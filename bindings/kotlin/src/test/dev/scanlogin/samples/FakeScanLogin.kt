package dev.scanlogin.samples

import dev.scanlogin.BindingPin
import dev.scanlogin.CameraFrame
import dev.scanlogin.Decision
import dev.scanlogin.FrameResult
import dev.scanlogin.FrameScanner
import dev.scanlogin.LoginCode
import dev.scanlogin.LoginProgress
import dev.scanlogin.LoginState
import dev.scanlogin.PendingLogin
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.transformWhile

/** For the app's own tests: no server, no library for the machine that they run on. */
class FakeScanLogin(private val code: LoginCode = LoginCode(userPoolId = "pool")) : ScanLogin {
    /** The outcome of the first confirm is not known, as after a lost answer. */
    var losesAnswer = false

    override suspend fun warmUp() {}
    override suspend fun bindingPin() = BindingPin("482913", validForSeconds = 300)
    override suspend fun readImage(image: ByteArray) = code
    override suspend fun readFrame(frame: CameraFrame) = code
    override fun readText(text: String) = if (text.isEmpty()) throw ScanLoginException.NoCode() else code
    override fun readLink(link: String) = code
    override fun frameScanner() = FrameScanner { FrameResult.Found(code, emptyList()) }
    override fun networkChanged() {}
    override suspend fun scanned(code: LoginCode): PendingLogin = FakeLogin(code)

    private inner class FakeLogin(override val code: LoginCode) : PendingLogin {
        private val shown = MutableStateFlow(LoginProgress(LoginState.SCANNED, 120))
        override val currentProgress get() = shown.value

        // It ends with the login, as the real one does.
        override val progress = shown.transformWhile {
            emit(it)
            !it.state.isFinal
        }

        override suspend fun refresh() = state

        override suspend fun confirm() {
            if (losesAnswer) {
                losesAnswer = false
                show(LoginState.OUTCOME_UNKNOWN)
                throw ScanLoginException.OutcomeUnknown(Decision.CONFIRM)
            }
            show(LoginState.CONFIRMED)
        }

        override suspend fun cancel() = show(LoginState.CANCELLED)

        private fun show(state: LoginState) {
            shown.value = shown.value.copy(state = state)
        }
    }
}
