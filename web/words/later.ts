/** The words of pages that are loaded when they are opened, and those of the first view. */

import { made } from './about.ts';
import { device } from './device.ts';
import { words as first } from './en.ts';
import { advisory, messages } from './messages.ts';
import { plants } from './plants.ts';
import { told } from './service.ts';
import { tools } from './tools.ts';
import { why } from './why.ts';

export const words = { ...first, ...why, ...made, ...device, ...plants, ...tools, ...messages, ...advisory, ...told };
