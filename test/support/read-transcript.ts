/** A lecture's transcript as the services see it: a guest may not. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { transcriptSchema, type Transcript } from '../../protocol/items.ts';
import { transcriptKey } from '../../protocol/keys.ts';

export async function readTranscript(awsUrl: string, identityId: string, lectureId: string): Promise<Transcript> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
  const s3 = new S3Client({ region: 'us-east-1', endpoint: awsUrl, forcePathStyle: true, credentials });
  try {
    const Key = transcriptKey(identityId, lectureId);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'synapscribe-audio-local', Key }));
    return transcriptSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } finally {
    s3.destroy();
  }
}
