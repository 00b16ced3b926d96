package dev.scanlogin

import dev.scanlogin.samples.approve
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch

fun Tests.approvals() {
    test("a PNG and a JPEG are read, asked about, and confirmed or cancelled") {
        Server().use { server ->
            val client = server.client()
            val first = server.makeCode(customData = """{"屏幕":"厨房 🎉 مطبخ"}""")
            approve(client, server.png(first)) { code ->
                assertEquals("""{"屏幕":"厨房 🎉 مطبخ"}""", code.customData)
                assertEquals(server.pool, code.userPoolId)
                assertEquals(120_000, code.expiresAt!!.time - code.createdAt!!.time)
                assertEquals("Scanned", server.status(first))
                true
            }
            assertEquals("Confirmed", server.status(first))

            val second = server.makeCode()
            approve(client, server.jpeg(second)) { false }
            assertEquals("Cancelled", server.status(second))
        }
    }

    test("a text is read, and two taps are one request") {
        Server().use { server ->
            val random = server.makeCode()
            val client = server.client()
            client.warmUp()
            val login = client.scanned(client.readText(server.text(random)))
            assertEquals(LoginState.SCANNED, login.state)
            assertTrue(login.currentProgress.remainingSeconds!! in 100L..120L)
            coroutineScope { List(5) { async(Dispatchers.Default) { login.confirm() } }.awaitAll() }
            assertEquals(1, server.requests(holding = "confirm"))
            assertEquals(LoginState.CONFIRMED, login.state)
        }
    }

    test("200 logins at once through one client") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 30_000)
            val randoms = List(200) { server.makeCode() }
            coroutineScope {
                randoms.map { random -> async(Dispatchers.Default) { client.scanned(client.readText(server.text(random))).confirm() } }.awaitAll()
            }
            for (random in randoms) assertEquals(1, server.decisions(random))
        }
    }

    test("the progress of a login is a StateFlow that is kept until the login ends") {
        Server().use { server ->
            val client = server.client()
            val login = client.scanned(client.readText(server.text(server.makeCode())))
            val scope = CoroutineScope(Dispatchers.Default + Job())
            val progress = login.progress(scope)
            assertEquals(LoginState.SCANNED, progress.value.state)
            assertTrue(progress.value.remainingSeconds!! in 118L..120L)
            login.cancel()
            progress.first { it.state == LoginState.CANCELLED }
            scope.coroutineContext[Job]!!.children.forEach { it.join() }
        }
    }

    test("the progress of a login is a flow that counts down, and ends with the login") {
        Server().use { server ->
            val client = server.client()
            val login = client.scanned(client.readText(server.text(server.makeCode())))
            coroutineScope {
                val seen = async { login.progress.onEach { if (it.remainingSeconds == 118L) launch { login.confirm() } }.toList() }.await()
                assertEquals(LoginState.SCANNED, seen.first().state)
                assertEquals(LoginState.CONFIRMED, seen.last().state)
                assertEquals(seen.distinct(), seen)
                val waiting = seen.filter { it.state == LoginState.SCANNED }.map { it.remainingSeconds!! }
                assertEquals((waiting.first() downTo 118L).toList(), waiting)
            }
        }
    }

    test("a login is asked for its state, and told nothing") {
        Server().use { server ->
            val client = server.client()
            val random = server.makeCode()
            val login = client.scanned(client.readText(server.text(random)))
            assertEquals(LoginState.SCANNED, login.refresh())
            assertEquals(0, server.decisions(random))
        }
    }

    test("codes are values, and those that an app makes are refused") {
        Server().use { server ->
            val client = server.client()
            val text = server.text(server.makeCode())
            assertEquals(client.readText(text), client.readText(text))
            assertEquals(client.readText(text).hashCode(), client.readText(text).hashCode())
            assertNotEquals(client.readText(text), client.readText(server.text(server.makeCode())))
            val made = runCatching { client.scanned(LoginCode(server.pool)) }
            assertIs<ScanLoginException.NotALoginCode>(made.exceptionOrNull())
            assertEquals(0, server.requests())
        }
    }

    test("a configuration that cannot work is refused, in words that apps know") {
        fun refused(config: ScanLoginConfig) =
            assertIs<ScanLoginException.Config>(runCatching { ScanLoginClient(config) { null } }.exceptionOrNull()).message
        assertEquals(
            "the configuration is wrong: the base URL must begin with https:// (config)",
            refused(ScanLoginConfig("app", "pool", "http://example.com")),
        )
        for (set in listOf<ScanLoginConfig.Builder.() -> Unit>(
            { timeout = kotlin.time.Duration.ZERO },
            { timeout = -kotlin.time.Duration.INFINITE },
            { headerPrefix = "ä" },
            { imageLimits = ImageLimits(-1) },
            { imageLimits = ImageLimits(maxPixels = 0) },
            { rootCertificates = listOf("none") },
            { pins = Pins(listOf("short")) },
        )) {
            assertTrue("_" !in refused(ScanLoginConfig("app", "pool", "https://example.com", set)))
        }
    }
}
