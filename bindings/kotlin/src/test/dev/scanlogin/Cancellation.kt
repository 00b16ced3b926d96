package dev.scanlogin

import java.lang.ref.WeakReference
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull

fun Tests.cancellation() {
    test("cancelling a confirm returns at once, and what was sent is settled") {
        Server().use { server ->
            val client = server.client()
            val random = server.makeCode()
            val login = client.scanned(client.readText(server.text(random)))
            server.fault("delay", on = "confirm", millis = 2000)
            coroutineScope {
                val confirm = async(Dispatchers.Default) { login.confirm() }
                server.awaitRequest("confirm")
                val took = measureTime {
                    confirm.cancel()
                    assertFailsWith<CancellationException> { confirm.await() }
                }
                assertTrue(took < 1.seconds, "$took")
            }
            assertEquals(LoginState.CONFIRMING, login.state)
            // Asking again waits for the same decision.
            login.confirm()
            assertEquals("Confirmed", server.status(random))
            assertEquals(1, server.requests(holding = "confirm"))
        }
    }

    test("cancelling a scan returns at once, and it can be made again") {
        Server().use { server ->
            val client = server.client()
            val code = client.readText(server.text(server.makeCode()))
            server.fault("delay", on = "scanned", millis = 5000)
            val took = measureTime { withTimeoutOrNull(200) { client.scanned(code) } }
            assertTrue(took < 2.seconds, "$took")
            client.scanned(code).confirm()
        }
    }

    test("a coroutine that is cancelled already decides nothing") {
        Server().use { server ->
            val client = server.client()
            val random = server.makeCode()
            val login = client.scanned(client.readText(server.text(random)))
            val scope = CoroutineScope(Job())
            val cancelled = scope.launch {
                scope.cancel()
                login.confirm()
            }
            cancelled.join()
            assertTrue(cancelled.isCancelled)
            assertEquals(LoginState.SCANNED, login.state)
            assertEquals(0, server.decisions(random))
        }
    }

    test("a decision whose screen is gone is made with the user's token all the same") {
        Server().use { server ->
            val random = server.makeCode()
            // The first token is not taken: the provider is needed again when the app holds nothing of it any more.
            var fresh: String? = null
            val provider = decideAndDropAll(server, random) { fresh ?: server.issueToken("user-alice").also { fresh = it } }
            repeat(50) {
                System.gc()
                delay(20)
            }
            while (server.decisions(random) == 0) delay(20)
            assertEquals("Confirmed", server.status(random))
            awaitFreed(provider)
        }
    }
}

private suspend fun decideAndDropAll(server: Server, random: String, fresh: () -> String): WeakReference<TokenProvider> {
    val tokens = Tokens(server.issueToken("user-alice"), "user-alice", fresh)
    val client = server.client(tokens)
    val login = client.scanned(client.readText(server.text(random)))
    tokens.token = "old"
    server.fault("delay", on = "confirm", millis = 1500)
    val screen = CoroutineScope(Dispatchers.Default)
    screen.launch { login.confirm() }
    server.awaitRequest("confirm")
    screen.cancel()
    return WeakReference(tokens)
}
