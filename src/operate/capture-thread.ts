/** The thread that reads long captures, one after the other. Started by `CaptureReader`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CaptureAdvisory, readCapture } from '../core/capture/capture.ts';

const advisory: CaptureAdvisory = workerData;

parentPort?.on('message', (text: string | Uint8Array) => parentPort?.postMessage(readCapture(text, advisory)));
