package com.example.approve.model

import dev.scanlogin.Claim
import dev.scanlogin.LoginCode
import kotlin.test.Test
import kotlin.test.assertEquals

class ClaimTest {
    private fun shown(vararg claims: Pair<String, String>) =
        claim(LoginCode("pool", claims = claims.map { (name, value) -> Claim(name, value) }))

    @Test
    fun `each claim is a line, and the first few are shown`() {
        assertEquals("device: Chrome\nwhere: Berlin", shown("device" to "Chrome", "where" to "Berlin"))
        assertEquals("order 4711", shown("" to "order 4711"))
        assertEquals("a: 1\nb: 2\nc: 3\nd: 4", shown("a" to "1", "b" to "2", "c" to "3", "d" to "4", "e" to "5"))
    }

    @Test
    fun `nothing to show is no claim`() {
        assertEquals(null, shown())
        assertEquals(null, shown("" to ""))
    }
}
