package dev.scanlogin

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
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

    test("a provider may suspend") {
        Server().use { server ->
            val token = server.issueToken("user-alice")
            val client = server.client(object : TokenProvider {
                override suspend fun token(refresh: Boolean): UserToken {
                    delay(20)
                    return UserToken(token, "user-alice")
                }
            })
            client.scanned(client.readText(server.text(server.makeCode()))).confirm()
        }
    }

    test("what a provider throws arrives as a typed error, without what it did not declare") {
        Server().use { server ->
            suspend fun thrown(problem: Throwable): ScanLoginException {
                val client = server.client(object : TokenProvider {
                    override suspend fun token(refresh: Boolean): UserToken = throw problem
                })
                val code = client.readText(server.text(server.makeCode()))
                return assertIs<ScanLoginException>(runCatching { client.scanned(code) }.exceptionOrNull())
            }
            assertIs<ScanLoginException.SignedOut>(thrown(TokenException.SignedOut()))
            assertEquals("locked", assertIs<ScanLoginException.TokenFailed>(thrown(TokenException.Failed("locked"))).reason)
            val undeclared = assertIs<ScanLoginException.TokenFailed>(thrown(IllegalStateException("canary")))
            assertFalse("canary" in undeclared.reason, undeclared.reason)
            assertEquals(0, server.requests())
        }
    }
}
