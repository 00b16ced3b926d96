package dev.scanlogin

import java.util.concurrent.CountDownLatch
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay

fun Tests.tokens() {
    test("a token that is not taken is refreshed once, for all calls") {
        Server().use { server ->
            val tokens = Tokens("old", "user-alice", fresh = { server.issueToken("user-alice") })
            val client = server.client(tokens)
            coroutineScope {
                List(10) { async(Dispatchers.Default) { client.scanned(client.readText(server.text(server.makeCode()))) } }.awaitAll()
            }
            assertEquals(1, tokens.refreshes)
        }
    }

    test("a provider may suspend, and may call the client that asks it") {
        Server().use { server ->
            val token = server.issueToken("user-alice")
            lateinit var client: ScanLogin
            client = server.client({
                delay(20)
                client.warmUp()
                UserToken(token, "user-alice")
            })
            client.scanned(client.readText(server.text(server.makeCode()))).confirm()
        }
    }

    test("what a provider throws arrives as a typed error, without its text") {
        Server().use { server ->
            suspend fun failed(provider: TokenProvider): ScanLoginException {
                val client = server.client(provider)
                val code = client.readText(server.text(server.makeCode()))
                return assertIs<ScanLoginException>(runCatching { client.scanned(code) }.exceptionOrNull())
            }
            assertIs<ScanLoginException.SignedOut>(failed { null })
            fun endless(): Int = endless() + 1
            for ((type, provider) in listOf<Pair<String, TokenProvider>>(
                "java.lang.IllegalStateException" to TokenProvider { error("canary") },
                "kotlin.NotImplementedError" to TokenProvider { TODO("canary") },
                "java.lang.AssertionError" to TokenProvider { throw AssertionError("canary") },
                "java.lang.StackOverflowError" to TokenProvider { UserToken("${endless()}") },
                "java.io.IOException" to TokenProvider.callingBack { _, answer -> answer.failed(java.io.IOException("canary")) },
                "java.lang.RuntimeException" to TokenProvider.callingBack { _, _ -> throw RuntimeException("canary") },
            )) {
                val error = assertIs<ScanLoginException.TokenFailed>(failed(provider), type)
                assertEquals(type, error.reason)
                assertFalse("canary" in error.stackTraceToString())
            }
            assertEquals(0, server.requests())
        }
    }

    test("a provider that never answers ends the call in time, and holds up no other") {
        Server().use { server ->
            val forever = CountDownLatch(1)
            try {
                for (hangs in listOf<TokenProvider>(
                    TokenProvider { awaitCancellation() },
                    TokenProvider { error(forever.await()) },
                    TokenProvider.callingBack { _, _ -> },
                )) {
                    val hanging = server.client(hangs, timeoutMillis = 1000)
                    coroutineScope {
                        val calls = List(8) {
                            async { runCatching { hanging.scanned(hanging.readText(server.text(server.makeCode()))) }.exceptionOrNull() }
                        }
                        val client = server.client()
                        List(8) { async { client.scanned(client.readText(server.text(server.makeCode()))).confirm() } }.awaitAll()
                        for (error in calls.awaitAll()) assertEquals(true, assertIs<ScanLoginException>(error).isRetryable)
                    }
                }
            } finally {
                forever.countDown()
            }
        }
    }

    test("the first answer to a call back counts") {
        Server().use { server ->
            val token = UserToken(server.issueToken("user-alice"))
            val client = server.client(TokenProvider.callingBack { _, answer ->
                answer.token(token)
                answer.token(null)
                answer.failed(RuntimeException())
            })
            client.scanned(client.readText(server.text(server.makeCode())))
        }
    }
}
