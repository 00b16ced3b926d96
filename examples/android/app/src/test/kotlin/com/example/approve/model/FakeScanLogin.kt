package com.example.approve.model

import dev.scanlogin.BindingPin
import dev.scanlogin.CameraFrame
import dev.scanlogin.Claim
import dev.scanlogin.FrameResult
import dev.scanlogin.FrameScanner
import dev.scanlogin.LoginCode
import dev.scanlogin.LoginProgress
import dev.scanlogin.LoginState
import dev.scanlogin.PendingLogin
import dev.scanlogin.ScanLogin
import dev.scanlogin.ScanLoginException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.MutableStateFlow

/** Stands in for the library: [calls] is what it was asked for, and each call that is to fail takes one of [failures]. */
class FakeScanLogin : ScanLogin {
    val calls = mutableListOf<String>()
    val failures = ArrayDeque<ScanLoginException?>()
    val login = FakeLogin()

    /** While it is not null, calls wait for it. */
    var gate: CompletableDeferred<Unit>? = null

    override suspend fun warmUp() {}
    override suspend fun readImage(image: ByteArray) = login.code
    override suspend fun readFrame(frame: CameraFrame) = login.code
    override suspend fun bindingPin() = BindingPin("482913", validForSeconds = 300)
    override fun readText(text: String) = login.code
    override fun readLink(link: String) = login.code
    override fun frameScanner() = FrameScanner { FrameResult.NothingSeen }
    override fun networkChanged() {}

    override suspend fun scanned(code: LoginCode): PendingLogin {
        call("scanned")
        return login
    }

    private suspend fun call(name: String) {
        calls += name
        gate?.await()
        failures.removeFirstOrNull()?.let { throw it }
    }

    inner class FakeLogin : PendingLogin {
        override val code = LoginCode("pool", claims = listOf(Claim("device", "Chrome")))
        override val progress = MutableStateFlow(LoginProgress(LoginState.SCANNED, 120))
        override val currentProgress get() = progress.value

        fun reach(state: LoginState) {
            progress.value = progress.value.copy(state = state)
        }

        override suspend fun refresh(): LoginState {
            call("refresh")
            return state
        }

        override suspend fun confirm() {
            call("confirm")
            reach(LoginState.CONFIRMED)
        }

        override suspend fun cancel() {
            call("cancel")
            reach(LoginState.CANCELLED)
        }
    }
}
