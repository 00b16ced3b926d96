package com.example.approve.model

import kotlin.test.Test
import kotlin.test.assertEquals

class CountdownTest {
    @Test
    fun `the time left is minutes and seconds`() {
        assertEquals(listOf("0:00", "0:09", "1:00", "2:05", "60:00"), listOf(0L, 9, 60, 125, 3600).map(::clock))
    }

    @Test
    fun `a screen reader says it three times`() {
        assertEquals(listOf(60L, 30, 10), (120L downTo 0).filter(::isSpoken))
    }
}
