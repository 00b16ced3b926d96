package dev.scanlogin

import java.io.File
import java.lang.ref.WeakReference
import kotlin.test.assertTrue
import kotlinx.coroutines.delay

/** The process's memory, in KiB. */
private fun resident() = File("/proc/self/status").readLines().first { it.startsWith("VmRSS") }.filter(Char::isDigit).toLong()

/** Waits until nothing holds it any more. */
suspend fun awaitFreed(reference: WeakReference<*>) {
    while (reference.get() != null) {
        System.gc()
        delay(10)
    }
}

/** Does it in ten rounds, and checks that the memory grows by less than `most` KiB after the first three. */
private suspend fun doesNotGrow(most: Long, times: Int, what: suspend () -> Unit) {
    var before = 0L
    repeat(10) { round ->
        repeat(times / 10) { what() }
        // What is made last is freed last.
        awaitFreed(made())
        if (round == 2) before = resident()
    }
    val grown = resident() - before
    assertTrue(grown < most, "grown by $grown KiB")
}

private fun made() = WeakReference(Any())

/** What an app's session often is: it knows the client that asks it. */
private class Cycle(config: ScanLoginConfig) {
    val tokens = TokenProvider { client.hashCode().let { null } }
    val client: ScanLogin = ScanLoginClient(config, tokens)
}

fun Tests.lifetimes() {
    val config = ScanLoginConfig("app", "pool", "https://example.com")

    test("a client whose token provider refers to it is freed, and the provider with it") {
        fun make() = Cycle(config).let { WeakReference(it.client) to WeakReference(it.tokens) }
        val (client, tokens) = make()
        awaitFreed(client)
        awaitFreed(tokens)
    }

    test("a token provider lives as long as a login that needs it") {
        Server().use { server ->
            suspend fun login(): PendingLogin {
                val client = server.client()
                return client.scanned(client.readText(server.text(server.makeCode())))
            }
            val login = login()
            repeat(5) { awaitFreed(made()) }
            login.confirm()
        }
    }

    test("100,000 codes leave nothing behind") {
        val client = ScanLoginClient(config) { null }
        val text = """{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":{"a":"${"x".repeat(1000)}"}}"""
        // Kept, they would be 100 MB.
        doesNotGrow(15_000, 100_000) { client.readText(text) }
    }

    test("20,000 scanners and logins leave nothing behind") {
        Server().use { server ->
            val client = server.client()
            val code = client.readText(server.text(server.makeCode()))
            val scanners = ArrayDeque<FrameScanner>()
            doesNotGrow(15_000, 20_000) {
                scanners += client.frameScanner()
                if (scanners.size > 10) scanners.removeFirst()
                client.scanned(code)
            }
        }
    }

    test("5,000 clients that are referred to by their token providers leave nothing behind") {
        // Kept, they would be 90 MB.
        doesNotGrow(25_000, 5_000) { Cycle(config) }
    }
}
