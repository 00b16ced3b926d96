package dev.scanlogin

import android.content.Context
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import dev.scanlogin.samples.BiometricGuard
import java.lang.ref.WeakReference
import java.util.concurrent.CountDownLatch
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first

private suspend fun Server.login(guard: ConfirmGuard?, configure: ScanLoginConfig.Builder.() -> Unit = {}): PendingLogin {
    val config = ScanLoginConfig(appId, pool, url) {
        timeout = 6.seconds
        allowInsecureLoopback = true
        configure()
    }
    val client = ScanLoginClient(config, Tokens(issueToken("user-alice"), "user-alice"), guard)
    return client.scanned(client.readText(text(makeCode())))
}

private suspend fun PendingLogin.failure(): ScanLoginException.UserNotVerified =
    assertIs<ScanLoginException.UserNotVerified>(runCatching { confirm() }.exceptionOrNull())

/** What a session that is also its client's guard often is: all refer to each other. */
private class GuardingSession(config: ScanLoginConfig) : ConfirmGuard {
    val client: ScanLogin = ScanLoginClient(config, { null }, this)

    override suspend fun verifyUser(request: ConfirmRequest): Consent? = client.hashCode().let { null }
}

fun Tests.guard() {
    test("a confirm is sent when the guard consents, and a cancel asks nobody") {
        Server().use { server ->
            val asked = mutableListOf<ConfirmRequest>()
            val guard = ConfirmGuard { request -> request.approve().also { asked += request } }
            val (first, second) = List(2) { server.login(guard) }
            coroutineScope { List(3) { async(Dispatchers.Default) { first.confirm() } }.awaitAll() }
            second.confirm()
            server.login(guard).cancel()
            assertEquals(listOf(first.code, second.code), asked.map { it.code })
            assertNotEquals(asked[0].id, asked[1].id)
            assertEquals(2, server.requests(holding = "confirm"))
            assertEquals(LoginState.CONFIRMED, first.state)
        }
    }

    test("whatever else a guard does arrives as a typed error, and nothing is sent") {
        Server().use { server ->
            val earlier = CompletableDeferred<Consent>()
            server.login({ request -> null.also { earlier.complete(request.approve()) } }).failure()
            fun endless(): Int = endless() + 1
            for ((expected, guard) in listOf<Pair<VerificationFailure, ConfirmGuard>>(
                VerificationFailure.DECLINED to ConfirmGuard { null },
                VerificationFailure.DECLINED to ConfirmGuard { ConfirmRequest(it.code).approve() },
                VerificationFailure.DECLINED to ConfirmGuard.callingBack { _, answer -> answer.consent(null) },
                VerificationFailure.FAILED to ConfirmGuard { error("canary") },
                VerificationFailure.FAILED to ConfirmGuard { TODO("canary") },
                VerificationFailure.FAILED to ConfirmGuard { it.also { endless() }.approve() },
                VerificationFailure.FAILED to ConfirmGuard.callingBack { _, answer -> answer.failed(java.io.IOException("canary")) },
                VerificationFailure.FAILED to ConfirmGuard.callingBack { _, _ -> throw RuntimeException("canary") },
                VerificationFailure.OTHER_REQUEST to ConfirmGuard { earlier.await() },
                VerificationFailure.TOO_OLD to ConfirmGuard { request -> request.approve().also { delay(1100.milliseconds) } },
            )) {
                val login = server.login(guard) { consentMaxAge = 1.seconds }
                val error = login.failure()
                assertEquals(expected, error.failure)
                assertFalse("canary" in error.stackTraceToString())
                assertEquals(LoginState.SCANNED, login.state)
            }
            assertEquals(0, server.requests(holding = "confirm"))
        }
    }

    test("a guard that never answers holds up no other call, and is cancelled when the user declines") {
        Server().use { server ->
            val forever = CountDownLatch(1)
            try {
                val cancelled = CompletableDeferred<Unit>()
                for (hangs in listOf<ConfirmGuard>(
                    ConfirmGuard {
                        try {
                            awaitCancellation()
                        } finally {
                            cancelled.complete(Unit)
                        }
                    },
                    ConfirmGuard { error(forever.await()) },
                    ConfirmGuard.callingBack { _, _ -> },
                )) {
                    val login = server.login(hangs)
                    coroutineScope {
                        val confirm = async { runCatching { login.confirm() }.exceptionOrNull() }
                        login.progress.first { it.state == LoginState.VERIFYING }
                        List(8) { async { server.login(null).confirm() } }.awaitAll()
                        assertEquals(LoginState.VERIFYING, login.refresh())
                        login.cancel()
                        assertEquals(Decision.CANCEL, assertIs<ScanLoginException.AlreadyDecided>(confirm.await()).decision)
                    }
                    assertEquals(LoginState.CANCELLED, login.state)
                }
                cancelled.await()
            } finally {
                forever.countDown()
            }
        }
    }

    test("a client whose guard refers to it is freed, and the guard with it") {
        val config = ScanLoginConfig("app", "pool", "https://example.com")
        awaitFreed(WeakReference(GuardingSession(config)))
    }

    test("a guard lives as long as a login that needs it") {
        Server().use { server ->
            val login = server.login({ it.approve() })
            awaitFreed(WeakReference(Any()))
            login.confirm()
        }
    }

    test("what a guard is asked and returns prints without secrets") {
        Server().use { server ->
            val random = server.makeCode(customData = """{"a":"canary"}""")
            var printed = ""
            val guard = ConfirmGuard { request -> request.approve().also { printed = "$request $it" } }
            val client = ScanLoginClient(server.config(), Tokens(server.issueToken("user-alice"), "user-alice"), guard)
            client.scanned(client.readText(server.text(random))).confirm()
            assertFalse(random in printed || "canary" in printed, printed)
        }
    }

    test("the guard of the samples asks Android as each of its versions allows, and hides when the login is declined") {
        Server().use { server ->
            for (version in listOf(28, 29, 30, 35)) {
                Build.VERSION.SDK_INT = version
                val guard = BiometricGuard(Context(), "Sign in", "Cancel")
                BiometricPrompt.user = { it.onAuthenticationSucceeded(BiometricPrompt.AuthenticationResult()) }
                server.login(guard).confirm()
                BiometricPrompt.user = { it.onAuthenticationError(10, "the user closed it") }
                assertEquals(VerificationFailure.DECLINED, server.login(guard).failure().failure)

                val isShown = CompletableDeferred<Unit>()
                BiometricPrompt.user = { isShown.complete(Unit) }
                val login = server.login(guard)
                coroutineScope {
                    val confirm = async { runCatching { login.confirm() } }
                    isShown.await()
                    login.cancel()
                    assertIs<ScanLoginException.AlreadyDecided>(confirm.await().exceptionOrNull())
                }
            }
        }
    }
}
