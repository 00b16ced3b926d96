package dev.scanlogin

import dev.scanlogin.samples.approve
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first

fun Tests.approvals() {
    test("a PNG and a JPEG are read, asked about, and confirmed or cancelled") {
        Server().use { server ->
            server.client().use { client ->
                val first = server.makeCode(customData = """{"屏幕":"厨房 🎉 مطبخ"}""")
                approve(client, server.png(first)) { code ->
                    assertEquals("""{"屏幕":"厨房 🎉 مطبخ"}""", code.customData())
                    assertEquals(server.pool, code.userPoolId())
                    assertEquals(120_000, code.expiresAtMillis()!! - code.createdAtMillis()!!)
                    assertEquals("Scanned", server.status(first))
                    true
                }
                assertEquals("Confirmed", server.status(first))

                val second = server.makeCode()
                approve(client, server.jpeg(second)) { false }
                assertEquals("Cancelled", server.status(second))
            }
        }
    }

    test("a text is read, and two taps are one request") {
        Server().use { server ->
            val random = server.makeCode()
            val client = server.client()
            client.warmUp()
            val login = client.scanned(client.readText(server.text(random)))
            assertEquals(LoginState.SCANNED, login.state())
            assertTrue(login.remainingMillis()!! in 100_000L..121_000L)
            coroutineScope { List(5) { async(Dispatchers.Default) { login.confirm() } }.awaitAll() }
            assertEquals(1, server.requests(holding = "confirm"))
            assertEquals(LoginState.CONFIRMED, login.state())
        }
    }

    test("200 logins at once through one client") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 30_000)
            val randoms = List(200) { server.makeCode() }
            coroutineScope {
                randoms.map { random ->
                    async(Dispatchers.Default) {
                        client.scanned(client.readText(server.text(random))).use { it.confirm() }
                    }
                }.awaitAll()
            }
            for (random in randoms) assertEquals(1, server.decisions(random))
        }
    }

    test("the progress of a login is a StateFlow that ends with it") {
        Server().use { server ->
            val client = server.client()
            val login = client.scanned(client.readText(server.text(server.makeCode())))
            val scope = CoroutineScope(Dispatchers.Default + Job())
            val progress = login.progress(scope)
            assertEquals(LoginState.SCANNED, progress.value.state)
            assertTrue(progress.value.remainingSeconds in 118L..121L)
            login.cancel()
            progress.first { it.state == LoginState.CANCELLED }
            scope.coroutineContext[Job]!!.children.forEach { it.join() }
        }
    }

    test("a login that is closed ends its progress, and harms no scope") {
        Server().use { server ->
            val client = server.client()
            val login = client.scanned(client.readText(server.text(server.makeCode())))
            val job = Job()
            login.progress(CoroutineScope(Dispatchers.Default + job))
            login.close()
            job.children.forEach { it.join() }
            assertTrue(job.isActive)
        }
    }

    test("configuration has defaults, and Rust's mistakes arrive as exceptions") {
        val config = ScanLoginConfig("app", "pool", "https://example.com")
        assertEquals(15_000, config.timeoutMillis)
        assertEquals("x-authing", config.headerPrefix)
        assertNull(config.pins)
        val wrong = runCatching { ScanLoginClient(config.copy(baseUrl = "http://example.com"), Tokens("t", "u")) }
        assertIs<ScanLoginException.Config>(wrong.exceptionOrNull())
    }
}
