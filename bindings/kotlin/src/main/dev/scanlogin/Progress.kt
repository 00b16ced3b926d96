package dev.scanlogin

import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.stateIn

/**
 * How far a login has come, and how much time is left to decide.
 *
 * @property state how far it has come
 * @property remainingSeconds the time left, by the server's clock; null when the code does not say when it expires
 */
public data class LoginProgress(val state: LoginState, val remainingSeconds: Long?)

/**
 * The login's state and its remaining seconds, kept up to date until the login is confirmed, cancelled, expired or
 * closed, or the scope ends.
 */
public fun PendingLogin.progress(scope: CoroutineScope): StateFlow<LoginProgress> {
    val current = { LoginProgress(state(), remainingMillis()?.let { (it + 999) / 1000 }) }
    val updates = flow {
        do {
            val progress = try {
                current()
            } catch (_: IllegalStateException) {
                return@flow // It was closed.
            }
            emit(progress)
            delay(INTERVAL)
        } while (progress.state !in ENDS)
    }
    return updates.stateIn(scope, SharingStarted.Eagerly, current())
}

private val INTERVAL = 200.milliseconds
private val ENDS = setOf(LoginState.CONFIRMED, LoginState.CANCELLED, LoginState.EXPIRED)
