package com.example.approve.model

import dev.scanlogin.ImagePoint
import kotlin.test.Test
import kotlin.test.assertEquals

class PreviewMappingTest {
    // Near the top left of a frame of 1280 x 720, as the sensor gives it.
    private val point = ImagePoint(100f, 50f)

    @Test
    fun `a frame that is turned upright takes its points along`() {
        val places = listOf(
            0 to ImagePoint(100f, 50f),
            90 to ImagePoint(670f, 100f),
            180 to ImagePoint(1180f, 670f),
            270 to ImagePoint(50f, 1180f),
        )
        for ((rotation, place) in places) {
            val mapping = PreviewMapping(1280, 720, rotation, isMirrored = false)
            assertEquals(place, mapping.toView(point, mapping.uprightWidth, mapping.uprightHeight))
        }
    }

    @Test
    fun `a front camera's preview is mirrored after it is turned`() {
        assertEquals(ImagePoint(670f, 1180f), PreviewMapping(1280, 720, 270, isMirrored = true).toView(point, 720, 1280))
    }

    @Test
    fun `the whole frame is shown in the middle of a view of another shape`() {
        val mapping = PreviewMapping(1280, 720, 0, isMirrored = false)
        assertEquals(ImagePoint(50f, 25f + 140f), mapping.toView(point, 640, 640))
        assertEquals(ImagePoint(50f + 100f, 25f), mapping.toView(point, 840, 360))
    }

    @Test
    fun `how the phone is held counts against how the sensor is mounted`() {
        // A back camera's sensor is mostly mounted at 90 degrees, a front camera's at 270.
        assertEquals(listOf(90, 0, 270, 180), listOf(0, 90, 180, 270).map { rotationToUpright(90, it, isFront = false) })
        assertEquals(listOf(270, 0, 90, 180), listOf(0, 90, 180, 270).map { rotationToUpright(270, it, isFront = true) })
    }

    @Test
    fun `frames are about as large as a code needs`() {
        val sizes = listOf(4000 to 3000, 1920 to 1080, 1280 to 720, 640 to 480)
        assertEquals(1280 to 720, frameSize(sizes, { it.first }, { it.second }))
        assertEquals(null, frameSize(emptyList<Pair<Int, Int>>(), { it.first }, { it.second }))
    }
}
