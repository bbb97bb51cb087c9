/**
 * What befalls running containers: whoever asks gets an answer or one clear error within ten seconds, nothing that was
 * accepted or answered is lost, and the next question works. With one AgentCore and with three.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ComposeProject, type Container } from './support/compose-project.ts';
import { Student, type Outcome } from './support/student.ts';

const MINUTES = 60_000;
/** Some ten pieces, of 0.7 s in the scripted ears each. */
const LONG_LECTURE = 'honey-lecture.mp3';
const SCRIPTED = 'test/containers/support/scripted-model.compose.yaml';

describe.each([1, 3])('with AgentCore on %i container(s)', (agentCores) => {
  let project: ComposeProject;
  let student: Student;
  /** Of all answers that came: none may be lost. */
  const answered: string[] = [];

  beforeAll(async () => {
    project = await ComposeProject.start({ overrides: [SCRIPTED], agentCores });
    student = await Student.arrive(project.webSocketUrl);
  }, 10 * MINUTES);
  afterAll(async () => {
    await student.leave();
    await project.down();
  }, 2 * MINUTES);

  /** A student hears an answer, or reads one sentence that says what to do. */
  function expectClear(outcome: Outcome): void {
    if ('answer' in outcome) {
      answered.push(outcome.answer.queryId);
      expect(outcome.answer.answer).toMatch(/^The moon pulls .* all there is to it\.$/s);
    } else {
      expect(outcome.error.message).toMatch(/^[A-Z][^{}<>]+\.$/);
      expect(outcome.error.retryable).toBe(true);
    }
  }

  async function expectNextAnswer({ spoken = true } = {}): Promise<void> {
    const answer = await student.ask();
    answered.push(answer.queryId);
    expect(answer.answer).toMatch(/all there is to it\.$/);
    expect(answer.audio !== null).toBe(spoken);
    const stored = (await student.turns()).map(({ queryId }) => queryId);
    expect(stored).toEqual(expect.arrayContaining(answered));
  }

  /** The AgentCore at work on a question. */
  async function answering(): Promise<Container> {
    for (const container of await project.containers('agentcore')) {
      const { State, NetworkSettings } = await container.inspect();
      const port = NetworkSettings.Ports['5000/tcp']?.[0]?.HostPort;
      if (!State.Running || port === undefined) continue;
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      if (/^synapscribe_queries_in_flight [1-9]/m.test(metrics)) return container;
    }
    throw new Error('no AgentCore is at work on a question');
  }

  it('answers where nothing happens', () => expectNextAnswer(), MINUTES);

  describe('a question runs, and', () => {
    it.each(['vllm-cpu', 'gtts-proxy', 'local-aws'])(
      '%s is killed',
      async (service) => {
        const killed = await project.container(service);
        expectClear(await student.askAnd(async () => await project.kill(killed)));
        await project.recover();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it(
      'the AgentCore that answers it is killed',
      async () => {
        const outcome = await student.askAnd(async () => await project.kill(await answering()));
        expect(outcome).toMatchObject({ error: { code: 'agent_unavailable' } });
        expectClear(outcome);
        // The others go on.
        if (agentCores === 1) await project.recover();
        await expectNextAnswer();
        await project.recover();
      },
      2 * MINUTES,
    );

    it(
      'every AgentCore is killed, so that nobody is left to tell',
      async () => {
        const all = await project.containers('agentcore');
        expectClear(await student.askAnd(async () => await project.kill(...all)));
        await project.recover();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it.each(['agentcore', 'vllm-cpu', 'gtts-proxy', 'local-aws'])(
      '%s crashes, and comes back without help',
      async (service) => {
        const crashed = service === 'agentcore' ? answering : async () => await project.container(service);
        expectClear(await student.askAnd(() => crashed().then((container) => project.crash(container))));
        await project.healthy();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it(
      'gtts-proxy is paused: the text arrives',
      async () => {
        const voice = await project.container('gtts-proxy');
        const outcome = await student.askAnd(() => voice.pause());
        expect(outcome).toHaveProperty('answer.audio', null);
        expectClear(outcome);
        await expectNextAnswer({ spoken: false });
        await voice.unpause();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it(
      'vllm is restarted',
      async () => {
        const model = await project.container('vllm-cpu');
        expectClear(await student.askAnd(() => model.restart({ t: 1 })));
        await project.healthy();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it(
      'the network between AgentCore and vllm is cut',
      async () => {
        let join: () => Promise<void> = async () => Promise.resolve();
        expectClear(await student.askAnd(async () => (join = await project.cut('vllm-cpu', 'model'))));
        // One that begins meanwhile is told as soon.
        expectClear(await student.askAnd());
        await join();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );

    it(
      'docker compose stop lets it end',
      async () => {
        let stopped: Promise<unknown> = Promise.resolve();
        const outcome = await student.askAnd(() => {
          stopped = project.compose('stop');
        });
        expect(outcome).toHaveProperty('answer');
        expectClear(outcome);
        await stopped;
        for (const container of await project.containers()) {
          expect((await container.inspect()).State).toMatchObject({ Running: false, ExitCode: 0 });
        }
        await project.recover();
        await expectNextAnswer();
      },
      2 * MINUTES,
    );
  });

  describe('a lecture is being transcribed, and', () => {
    it.each(['agentcore', 'vllm-cpu', 'gtts-proxy', 'local-aws'])(
      '%s is killed: it becomes ready',
      async (service) => {
        const lectureId = await student.upload(LONG_LECTURE);
        await student.untilTranscribing(lectureId);
        await project.kill(...(await project.containers(service)));
        expect(await student.statusOf(lectureId).catch(() => 'unknown')).not.toBe('ready');
        await project.recover();
        await student.waitUntilReady(lectureId);
        await expectNextAnswer();
      },
      2 * MINUTES,
    );
  });

  it(
    'keeps all data over a stop of local-aws',
    async () => {
      await project.compose('stop', 'local-aws');
      await project.compose('start', 'local-aws');
      await project.healthy();
      await expectNextAnswer();
    },
    2 * MINUTES,
  );
});
