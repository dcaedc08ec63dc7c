/**
 * RabbitMQ's RPC. Its documentation advises for speed: direct reply-to, which has no reply queue; automatic
 * acknowledgement on both sides ("fire and forget"), so that prefetch does not bind; transient messages and queues, and
 * a connection each for publishing and consuming, where direct reply-to does not have them in one channel. `noDelay` is amqplib's for latency.
 */
import { type Channel, connect } from 'amqplib';
import { Correlation } from '../throughput/lanes.ts';
import type { Peer } from './peer.ts';

export const rabbitmq: Peer = {
  async serve(port) {
    const [channel, publishing] = [await channelTo(port), await channelTo(port)];
    await channel.assertQueue(queue, { durable: false, autoDelete: false });
    await channel.consume(
      queue,
      (message) => {
        if (message !== null) publishing.sendToQueue(message.properties.replyTo as string, message.content);
      },
      { noAck: true },
    );
  },
  async connect(port) {
    const channel = await channelTo(port);
    const correlation = new Correlation();
    await channel.consume(replyTo, (message) => message !== null && correlation.received(message.content), {
      noAck: true,
    });
    return (request) => {
      const reply = correlation.reply(request);
      channel.sendToQueue(queue, request, { replyTo, deliveryMode: 1 });
      return reply;
    };
  },
};

async function channelTo(port: number): Promise<Channel> {
  const connection = await connect(`amqp://127.0.0.1:${port}`, { noDelay: true });
  return connection.createChannel();
}

const queue = 'requests';
const replyTo = 'amq.rabbitmq.reply-to';
