package dev.scanlogin

import java.util.concurrent.Executor
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch

/**
 * The suspending calls of a [ScanLogin] and its logins, for Java. Each calls back once, on [executor], unless it was cancelled.
 * Cancelling ends the waiting, as it does for a coroutine. What a [ScanLogin] of the app's own throws that is no
 * [ScanLoginException] arrives as [ScanLoginException.Internal].
 *
 * @param executor where callbacks run, such as Android's main executor. One that takes no more work, for it was shut down, loses
 *   them
 */
public class ScanLoginCalls(private val scanLogin: ScanLogin, executor: Executor) {
    private val scope = CoroutineScope(SupervisorJob() + executor.asCoroutineDispatcher())

    /** [ScanLogin.warmUp]. */
    public fun warmUp(onSuccess: OnSuccess<ScanLogin>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { scanLogin.apply { warmUp() } }

    /** [ScanLogin.bindingPin]. */
    public fun bindingPin(onSuccess: OnSuccess<BindingPin>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { scanLogin.bindingPin() }

    /** [ScanLogin.readImage]. */
    public fun readImage(image: ByteArray, onSuccess: OnSuccess<LoginCode>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { scanLogin.readImage(image) }

    /** [ScanLogin.readFrame]. */
    public fun readFrame(frame: CameraFrame, onSuccess: OnSuccess<LoginCode>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { scanLogin.readFrame(frame) }

    /** [ScanLogin.scanned]. */
    public fun scanned(code: LoginCode, onSuccess: OnSuccess<PendingLogin>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { scanLogin.scanned(code) }

    /** [PendingLogin.confirm]. */
    public fun confirm(login: PendingLogin, onSuccess: OnSuccess<PendingLogin>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { login.apply { confirm() } }

    /** [PendingLogin.cancel]. */
    public fun cancel(login: PendingLogin, onSuccess: OnSuccess<PendingLogin>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { login.apply { cancel() } }

    /** [PendingLogin.refresh]. */
    public fun refresh(login: PendingLogin, onSuccess: OnSuccess<LoginState>, onFailure: OnFailure): Call =
        start(onSuccess, onFailure) { login.refresh() }

    /** [PendingLogin.progress]: calls back each time that it changes, until the login ends, and then runs [onEnd], unless cancelled. */
    @JvmOverloads
    public fun progress(login: PendingLogin, onProgress: OnSuccess<LoginProgress>, onEnd: Runnable = Runnable {}): Call {
        val job = scope.launch {
            login.progress.collect { onProgress.onSuccess(it) }
            onEnd.run()
        }
        return Call { job.cancel() }
    }

    private fun <T> start(onSuccess: OnSuccess<T>, onFailure: OnFailure, call: suspend () -> T): Call {
        val job = scope.launch {
            val value = try {
                call()
            } catch (thrown: Throwable) {
                ensureActive() // Else it was cancelled.
                return@launch onFailure.onFailure(thrown as? ScanLoginException ?: internal(thrown))
            }
            onSuccess.onSuccess(value)
        }
        return Call { job.cancel() }
    }

    private fun internal(thrown: Throwable) = ScanLoginException.Internal(ErrorTexts("$thrown")).apply { initCause(thrown) }

    /** Takes what a call gives. */
    public fun interface OnSuccess<in T> {
        public fun onSuccess(value: T)
    }

    /** Takes why a call failed. */
    public fun interface OnFailure {
        public fun onFailure(error: ScanLoginException)
    }

    /** A call under way. */
    public fun interface Call {
        /** Ends the waiting for it. */
        public fun cancel()
    }
}
