package dev.scanlogin

import androidx.camera.core.ImageProxy
import dev.scanlogin.samples.firstCode
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList

const val WIDTH = 1280
const val HEIGHT = 720
const val ROW_STRIDE = 1344

fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).apply { put(bytes) }

private fun frame(plane: ByteBuffer, release: () -> Unit = {}) =
    CameraFrame(plane, WIDTH, HEIGHT, ROW_STRIDE, release = release)

fun Tests.frames() {
    test("a padded camera plane is read, and reported once") {
        Server().use { server ->
            val random = server.makeCode()
            val plane = direct(server.plane(random))
            val closed = AtomicInteger()
            server.client().frameScanner().use { scanner ->
                val found = assertIs<FrameResult.Found>(scanner.scan(frame(plane, closed::incrementAndGet)))
                assertEquals(server.pool, found.code.userPoolId())
                assertIs<FrameResult.StillInView>(scanner.scan(frame(plane, closed::incrementAndGet)))
                assertEquals(2, closed.get())
            }
        }
    }

    test("a plane that is too short is refused, and closed") {
        Server().use { server ->
            var closed = false
            val scanner = server.client().frameScanner()
            val wrong = assertFailsWith<ScanLoginException.UnreadableImage> {
                scanner.scan(frame(ByteBuffer.allocateDirect(100)) { closed = true })
            }
            assertEquals(ImageFlaw.BAD_LAYOUT, wrong.flaw)
            assertTrue(closed)
            assertFailsWith<IllegalArgumentException> { scanner.scan(frame(ByteBuffer.allocate(ROW_STRIDE * HEIGHT))) }
        }
    }

    test("a flow of frames drops those that come while it is busy, and closes all") {
        Server().use { server ->
            val random = server.makeCode()
            val plane = direct(server.plane(random))
            val theirs = direct(server.plane(server.makeCode(pool = "65a1b2c3d4e5f60718293c5d")))
            val closed = AtomicInteger()
            val frames = flow {
                emit(frame(theirs, closed::incrementAndGet))
                delay(500)
                repeat(100) { emit(frame(plane, closed::incrementAndGet)) }
            }
            val results = server.client().frameScanner().scan(frames).toList()
            assertIs<ScanLoginException.WrongUserPool>(results.first().exceptionOrNull())
            assertEquals(1, results.count { it.getOrNull() is FrameResult.Found })
            assertTrue(results.size < 101, "${results.size} results")
            assertEquals(101, closed.get())
        }
    }

    test("frames that come while the app is busy with a result are dropped") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val (busy, idle) = List(2) { CompletableDeferred<Unit>() }
            val frames = flow {
                emit(frame(plane, closed::incrementAndGet))
                busy.await()
                repeat(20) {
                    emit(frame(plane, closed::incrementAndGet))
                    delay(20)
                }
                idle.complete(Unit)
            }
            var results = 0
            server.client().frameScanner().scan(frames).collect {
                if (results++ == 0) busy.complete(Unit)
                idle.await()
            }
            // The first, one that was looked at and one that waited, when the app was busy.
            assertTrue(results <= 3, "$results results")
            assertEquals(21, closed.get())
        }
    }

    test("a flow that is no longer collected closes what it holds") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val made = AtomicInteger()
            val frames = flow { while (true) emit(frame(plane, closed::incrementAndGet)) }.onEach { made.incrementAndGet() }
            server.client().frameScanner().scan(frames).take(3).toList()
            assertEquals(made.get(), closed.get())
        }
    }

    test("the sample for CameraX finds the code") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val images = List(3) {
                object : ImageProxy {
                    override val width = WIDTH
                    override val height = HEIGHT
                    override val planes = arrayOf<ImageProxy.PlaneProxy>(object : ImageProxy.PlaneProxy {
                        override val buffer = plane
                        override val rowStride = ROW_STRIDE
                        override val pixelStride = 1
                    })

                    override fun close() {}
                }
            }
            val client = server.client()
            assertEquals(server.pool, firstCode(client, images.asFlow()) { throw it }.userPoolId())
        }
    }
}
