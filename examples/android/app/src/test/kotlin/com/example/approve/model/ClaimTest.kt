package com.example.approve.model

import kotlin.test.Test
import kotlin.test.assertEquals

class ClaimTest {
    @Test
    fun `nothing in a claim changes how the rest of the screen reads`() {
        val claims = mapOf(
            "{\"device\":\"Chrome\"}" to "{\"device\":\"Chrome\"}",
            "\u202Egnp.exe\u202C" to "gnp.exe",
            "\u2066a\u2069\u200Eb\u200Fc\u061C" to "abc",
            "a\u0000b\u001Bc\u0085d" to "a b c d",
            "line\r\n\u2028\u2029line" to "line line",
            "a\u200B\u200C\u200D\uFEFF\u00ADb" to "ab",
            "\uD83D\uDE00 ok" to "\uD83D\uDE00 ok",
            "\uD83D half" to " half".trim(),
            "tag\uDB40\uDC41" to "tag",
            "\uE000private" to "private",
            "中文" to "中文",
        )
        for ((said, shown) in claims) assertEquals(shown, claim(said))
    }

    @Test
    fun `nothing to show is no claim`() {
        for (empty in listOf(null, "", "  ", "\u202E\u200B")) assertEquals(null, claim(empty))
    }

    @Test
    fun `a long claim is cut between characters`() {
        assertEquals("\uD83D\uDE00".repeat(200) + "…", claim("\uD83D\uDE00".repeat(1000)))
        assertEquals("x".repeat(200), claim("x".repeat(200)))
        assertEquals(201, claim(" x".repeat(1000))?.count { it != ' ' })
    }
}
