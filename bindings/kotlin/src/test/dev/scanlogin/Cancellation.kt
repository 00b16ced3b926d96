package dev.scanlogin

import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
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
            assertEquals(LoginState.CONFIRMING, login.state())
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
}
